#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "neurox/core/matrix.h"
#include "neurox/core/no_value.h"

/// What `cluster` found about models side by side, factors, tokens and maps, as a report shows it.
namespace neurox {

/// How alike the parts of models are by one measure.
struct SimilarityFindings {
  std::string file, model, method;
  std::vector<std::string> parts;
  MatrixD values;  ///< #parts x #parts; NaN where two were not compared
  std::int64_t words = 0;
};

/// One factor (component) of activations.
struct FactorRow {
  std::string name;
  double share = no_value;
  std::string neurons, words;
  std::string matched;  ///< factor of another run
  double cosine = no_value;
};
/// A text and the strength of each factor at its words.
struct FactorOnText {
  std::int64_t sentence = 0;
  std::vector<std::string> tokens;
  MatrixD values;  ///< #tokens x #factors
};
struct FactorFindings {
  std::string file, model, method;
  std::vector<FactorRow> rows;
  std::vector<FactorOnText> texts;
};

/// A cluster of tokens.
struct TokenClusterRow {
  std::int64_t cluster = 0, size = 0;
  std::string name, words;
  std::vector<std::string> contexts;  ///< the token in « »
  std::string label;                  ///< that most of its tokens have; empty where none were given
  double share = no_value;            ///< of them
  bool aligned = false;
};
struct TokenClusterFindings {
  std::string file, model, method, label;
  std::vector<TokenClusterRow> rows;
  std::vector<std::pair<std::string, double>> quality;  ///< against the label
};

}  // namespace neurox
