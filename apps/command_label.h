#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "common_options.h"

namespace neurox::apps {

/// `neurox label`: an activation file or text to a file of labels that stands beside activations.
struct LabelCommandOptions {
  CommonOptions common;
  OutputOptions output;
  CorpusArguments corpus;  ///< or an activation file
  std::string unit = "word";
  std::vector<std::string> keep;
  std::vector<std::string> regexes, word_lists, conditions, narrowed;  ///< NAME=WHAT each
  std::vector<std::string> text_has, second_has;                       ///< likewise
  std::vector<std::string> sentence_labels, comments;                  ///< likewise
  std::vector<std::string> positive, negative, concepts;
  bool ignore_case = false;
  bool overlap = false;
  bool all_features = false;
  std::vector<std::string> features;
  std::string among;
  std::string wordnet = "/usr/share/wordnet";
};

void declare_label(CLI::App& app, LabelCommandOptions& options);
void run_label(const LabelCommandOptions& options);

}  // namespace neurox::apps
