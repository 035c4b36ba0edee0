#pragma once

#include <memory>
#include <string>
#include <vector>

#include "neurox/io/corpus.h"

namespace neurox::apps {

/// The texts that neurons of a ranking stand for (`rank --method top-sentences`, top-contexts, top-words),
/// best first, as a corpus.
/// @param what  `FILE`: those of its first neuron; `FILE,PATTERN`: of these neurons
/// @throws Error{Input} for a file that holds none, and for neurons without any; Error{Usage} for neurons
/// that the file does not rank
std::unique_ptr<io::CorpusReader> open_contexts(const std::string& what);

/// The file that `what` names.
std::string file_of_contexts(const std::string& what);

}  // namespace neurox::apps
