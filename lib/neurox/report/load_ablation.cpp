#include <algorithm>
#include <array>
#include <string_view>
#include <variant>

#include "neurox/core/error.h"
#include "neurox/report/load_parts.h"

namespace neurox::load {
namespace {

constexpr std::array<std::string_view, 10> kConditionColumns{
    "ranking", "group", "keep", "share", "count", "draw", "operation", "target", "class", "tokens"};

std::vector<std::string> texts(const Loaded& file, const char* name) {
  if (file.data.obs.find(name) == nullptr)
    return std::vector<std::string>(static_cast<std::size_t>(file.data.obs.rows));
  return file.data.obs.strings(name, file.where);
}

std::vector<double> values(const Loaded& file, const char* name) {
  if (file.data.obs.find(name) == nullptr)
    return std::vector<double>(static_cast<std::size_t>(file.data.obs.rows), 0);
  return file.data.obs.numbers(name, file.where);
}

/// The texts that a model wrote, where the file holds any.
void add_texts(const Loaded& file, AblationFindings& out) {
  if (!file.data.uns.contains("texts") || !file.data.uns.contains("prompts")) return;
  const io::Tree& table = file.data.uns.at("texts");
  out.prompts = file.data.uns.at("prompts").get<std::vector<std::string>>();
  const std::size_t n = table.at("text").size();
  for (const char* column : {"condition", "prompt", "sample", "perplexity", "concept_words"})
    if (table.at(column).size() != n)
      throw input_error("{}:/uns/texts/{}: {} entries but {} texts", file.where, column,
                        table.at(column).size(), n);
  for (std::size_t i = 0; i < n; ++i) {
    WrittenFindings text;
    text.condition = table["condition"][i].get<std::size_t>();
    text.prompt = table["prompt"][i].get<std::size_t>();
    text.sample = table["sample"][i].get<std::int64_t>();
    text.text = table["text"][i].get<std::string>();
    if (table["perplexity"][i].is_number()) text.perplexity = table["perplexity"][i].get<double>();
    std::string words = table["concept_words"][i].get<std::string>();
    for (std::size_t at = 0; at < words.size();) {
      const std::size_t end = std::min(words.find(' ', at), words.size());
      if (end > at) text.concept_words.push_back(words.substr(at, end - at));
      at = end + 1;
    }
    if (text.condition >= out.rows.size() || text.prompt >= out.prompts.size())
      throw input_error("{}:/uns/texts: text {} is of condition {} and prompt {}, but there are {} and {}",
                        file.where, i, text.condition, text.prompt, out.rows.size(), out.prompts.size());
    out.texts.push_back(std::move(text));
  }
}

}  // namespace

AblationFindings ablation(const Loaded& file) {
  AblationFindings out;
  out.file = file.name;
  out.model = file.provenance.model;
  std::vector<std::vector<double>> measures;
  for (const io::Column& c : file.data.obs.columns) {
    if (std::find(kConditionColumns.begin(), kConditionColumns.end(), c.name) != kConditionColumns.end())
      continue;
    if (std::holds_alternative<io::Categorical>(c.data) ||
        std::holds_alternative<std::vector<std::string>>(c.data))
      continue;
    out.measures.push_back(c.name);
    measures.push_back(file.data.obs.numbers(c.name, file.where));
  }
  const auto group = file.data.obs.strings("group", file.where);
  const auto share = file.data.obs.numbers("share", file.where);
  const auto ranking = texts(file, "ranking"), operation = texts(file, "operation"),
             target = texts(file, "target"), class_name = texts(file, "class");
  const auto keep = values(file, "keep"), count = values(file, "count"), draw = values(file, "draw");
  for (std::size_t i = 0; i < group.size(); ++i) {
    AblationRow row{ranking[i],
                    group[i],
                    operation[i],
                    target[i],
                    class_name[i],
                    keep[i] != 0,
                    share[i],
                    static_cast<std::int64_t>(count[i]),
                    static_cast<int>(draw[i]),
                    {}};
    for (const auto& m : measures) row.values.push_back(m[i]);
    out.rows.push_back(std::move(row));
  }
  add_texts(file, out);
  out.settings = settings(file.provenance.settings);
  return out;
}

}  // namespace neurox::load
