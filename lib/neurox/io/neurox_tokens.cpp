#include "neurox/io/neurox_tokens.h"

#include <set>

#include "neurox/core/error.h"
#include "neurox/io/line_reader.h"
#include "neurox/text/utf8.h"

namespace neurox::io {
namespace {

/// Collects the strings of one flat object in order; a DOM would look up every key anew.
struct IndexEntries : nlohmann::json_sax<nlohmann::json> {
  std::vector<std::pair<std::string, std::string>> entries;
  std::string at;

  bool key(string_t& text) override {
    at = text;
    return true;
  }
  bool string(string_t& name) override {
    entries.emplace_back(at, name);
    return true;
  }
  bool null() override { return false; }
  bool boolean(bool) override { return false; }
  bool number_integer(number_integer_t) override { return false; }
  bool number_unsigned(number_unsigned_t) override { return false; }
  bool number_float(number_float_t, const string_t&) override { return false; }
  bool binary(binary_t&) override { return false; }
  bool start_object(std::size_t) override { return true; }
  bool end_object() override { return true; }
  bool start_array(std::size_t) override { return false; }
  bool end_array() override { return false; }
  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override {
    return false;
  }
};

}  // namespace

std::vector<std::pair<std::string, std::string>> parse_sentence_index(std::string_view json,
                                                                      const std::string& where) {
  IndexEntries sax;
  if (!nlohmann::json::sax_parse(json, &sax))
    throw input_error("{}: sentence_to_index is not a JSON dictionary of texts to names", where);
  std::set<std::string> texts;
  for (auto& [text, name] : sax.entries) {
    const std::size_t mark = text.rfind(" (Occurrence ");
    if (mark != std::string::npos && text.ends_with(')') && texts.contains(text.substr(0, mark)))
      text.resize(mark);
    texts.insert(text);
  }
  return std::move(sax.entries);
}

std::vector<std::string> split_tokens(std::string_view text) {
  std::vector<std::string> out;
  for (std::size_t begin = 0;;) {
    const std::size_t end = text.find(' ', begin);
    out.emplace_back(text.substr(begin, end == std::string_view::npos ? end : end - begin));
    if (end == std::string_view::npos) return out;
    begin = end + 1;
  }
}

std::vector<std::string> joined(const std::vector<std::vector<std::string>>& tokens) {
  std::vector<std::string> out;
  for (const auto& words : tokens) {
    std::string& text = out.emplace_back();
    for (std::size_t i = 0; i < words.size(); ++i) text += (i == 0 ? "" : " ") + words[i];
  }
  return out;
}

Table token_table(const std::vector<std::vector<std::string>>& tokens) {
  std::vector<std::string> token;
  std::vector<std::int32_t> sentence, position, begin, end;
  Categorical status;
  status.categories = {"ok", "special", "unk", "truncated", "dropped"};
  for (std::size_t s = 0; s < tokens.size(); ++s) {
    std::int32_t at = 0;
    for (std::size_t i = 0; i < tokens[s].size(); ++i) {
      const std::string& word = tokens[s][i];
      token.push_back(word);
      sentence.push_back(static_cast<std::int32_t>(s));
      position.push_back(static_cast<std::int32_t>(i));
      begin.push_back(at);
      end.push_back(at + static_cast<std::int32_t>(text::count_code_points(word)));
      at = end.back() + 1;
      status.codes.push_back(word.empty() ? 4 : 0);
    }
  }
  Table table;
  table.add("token", categorical(token));
  table.add("sentence", std::move(sentence));
  table.add("position", std::move(position));
  table.add("char_begin", std::move(begin));
  table.add("char_end", std::move(end));
  table.add("status", std::move(status));
  return table;
}

NeuroxJson::NeuroxJson(const std::filesystem::path& path)
    : lines_(std::make_unique<LineReader>(path.string())) {}
NeuroxJson::~NeuroxJson() = default;

bool NeuroxJson::next() {
  std::string line;
  do {
    if (!lines_->next(line)) return false;
  } while (line.empty());
  tokens.clear();
  values.clear();
  const auto refuse = [&](const std::string& what) { return input_error("{}: {}", lines_->where(), what); };
  const nlohmann::json sentence = nlohmann::json::parse(line, nullptr, false);
  if (!sentence.is_object() || !sentence.contains("features"))
    throw refuse("is not a sentence of NeuroX's JSON lines");
  try {
    for (const auto& word : sentence["features"]) {
      tokens.push_back(word.at("token").get<std::string>());
      const auto& all = word.at("layers");
      if (layers < 0) {
        layers = static_cast<std::int64_t>(all.size());
        width = static_cast<std::int64_t>(all.at(0).at("values").size());
      }
      if (static_cast<std::int64_t>(all.size()) != layers)
        throw refuse(fmt::format("word {} has {} layers, not {}", tokens.size(), all.size(), layers));
      for (const auto& layer : all) {
        const auto& numbers = layer.at("values");
        if (static_cast<std::int64_t>(numbers.size()) != width)
          throw refuse(
              fmt::format("word {} has {} values in a layer, not {}", tokens.size(), numbers.size(), width));
        for (const auto& number : numbers) values.push_back(number.get<float>());
      }
    }
  } catch (const nlohmann::json::exception&) {
    throw refuse("is not a sentence of NeuroX's JSON lines");
  }
  return true;
}

}  // namespace neurox::io
