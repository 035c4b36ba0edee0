#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "neurox/io/provenance.h"
#include "neurox/tcav/design.h"
#include "neurox/tcav/examples.h"
#include "neurox/text/tokenizer.h"

namespace neurox::apps {

/// Concepts and their counterparts as the command line names them.
struct ConceptArguments {
  std::vector<std::string> concepts;  ///< NAME=FILE, NAME=contexts:RANKING or NAME=label:SET=VALUE
  std::vector<std::string> random;    ///< files
  std::string random_from;
  std::string labelled;                  ///< corpus of the label concepts
  std::vector<std::string> label_files;  ///< of that corpus
  std::vector<std::string> against;
  std::string format, text_column, pair_column;
  std::vector<std::string> dropped_words;
  int runs = 0;
  Index minimum = 10, most = 250, pool = 2000;
  std::uint64_t seed = 0;
};

struct ConceptSpec {
  std::string name, file, label, value;  ///< file, or label and value
  bool contexts = false;                 ///< `file` is as open_contexts takes it
};

/// @throws Error{Usage} for another form, and for a name that was given before
std::vector<ConceptSpec> parse_concepts(const std::vector<std::string>& texts);

/// The examples that are read and what is trained against what.
struct TcavPlan {
  std::unique_ptr<tcav::Examples> examples;
  std::unique_ptr<tcav::Design> design;
};

/// Reads the files; adds them to the provenance.
/// @throws Error{Usage} for options that do not go together; Error as tcav::Examples and tcav::Design
TcavPlan plan_tcav(const ConceptArguments& arguments, const text::Tokenizer& tokenizer,
                   const extract::PlanOptions& plan, io::Provenance& provenance);

/// Files that the arguments name.
std::vector<std::string> files_of(const ConceptArguments& arguments);

}  // namespace neurox::apps
