#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "neurox/label/label_set.h"
#include "neurox/label/words.h"

namespace neurox::label {

struct FeatureOptions {
  std::string wordnet = "/usr/share/wordnet";  ///< folder with WordNet's dictionary files
};

/// What text itself tells about its words.
struct Feature {
  std::string name;
  std::string summary;
  /// Why it cannot be had of these words ("no heads"); empty when it can.
  std::function<std::string(const Words&, const FeatureOptions&)> missing;
  std::function<LabelSet(const Words&, const FeatureOptions&)> compute;
};

/// The one table of features: `label --auto`, `--feature`, its help and its page go by it.
const std::vector<Feature>& features();

/// The feature of that name, null if there is none.
const Feature* find_feature(const std::string& name);

}  // namespace neurox::label
