#pragma once

#include <string>
#include <vector>

#include "command_rank.h"

namespace neurox::apps {

/// Whether these methods need no labels but the corpus alone.
/// @throws Error{Usage} where some do and others do not
bool are_corpus_methods(const std::vector<std::string>& methods);

void declare_corpus_methods(CLI::App& app, RankCorpusOptions& options);

/// What neurons stand for by the corpus alone: words, contexts, sentences.
void rank_corpus(const RankCommandOptions& options);

}  // namespace neurox::apps
