#include "neurox/text/post_processor.h"

#include "neurox/text/unicode.h"
#include "neurox/text/utf8.h"

namespace neurox::text {
namespace {

void append_special(Encoding& out, std::string_view token, std::int32_t id, std::int32_t type_id) {
  out.ids.push_back(id);
  out.type_ids.push_back(type_id);
  out.tokens.emplace_back(token);
  out.bytes.emplace_back(0, 0);
  out.special.push_back(1);
  out.sequence.push_back(0);
}

bool is_space_mark(char32_t c) {
  return c == 0x120 || is_white(c);
}

int leading_spaces(std::string_view token) {
  int count = 0;
  for (std::size_t i = 0; i < token.size(); ++count)
    if (!is_space_mark(next_code_point(token, i))) break;
  return count;
}

int trailing_spaces(std::string_view token) {
  int count = 0;
  for (std::size_t i = token.size(); i > 0; ++count)
    if (!is_space_mark(previous_code_point(token, i))) break;
  return count;
}

/// Takes the spaces that a token begins and ends with out of its offsets: as many characters of the text as
/// there are space marks in the token. A single one in front stays when the tokenizer may have put it there.
void trim_offsets(Encoding& part, const std::vector<std::string_view>& texts, bool add_prefix_space) {
  for (std::size_t i = 0; i < part.size(); ++i) {
    if (part.special[i] != 0) continue;
    const std::string_view text = texts[part.sequence[i]];
    auto& [begin, end] = part.bytes[i];
    int leading = leading_spaces(part.tokens[i]);
    if ((i == 0 || begin == 0) && add_prefix_space && leading == 1) leading = 0;
    for (; leading > 0 && begin < end; --leading)
      begin += static_cast<std::uint32_t>(utf8_length(text[begin]));
    const int trailing = trailing_spaces(part.tokens[i]);
    std::size_t to = end;
    int left = trailing;
    for (; left > 0 && to > 0; --left) previous_code_point(text, to);
    if (trailing > 0 && left == 0) end = std::max(static_cast<std::uint32_t>(to), begin);
  }
}

void trim_all(std::vector<Encoding>& parts, const PostProcessor::Input& input, bool add_prefix_space) {
  for (Encoding& part : parts) trim_offsets(part, input.texts, add_prefix_space);
}

PostProcessor byte_level_processor(bool trim, bool add_prefix_space) {
  PostProcessor out;
  if (trim)
    out.process = [add_prefix_space](std::vector<Encoding>& parts, const PostProcessor::Input& input) {
      trim_all(parts, input, add_prefix_space);
    };
  else
    out.process = [](std::vector<Encoding>&, const PostProcessor::Input&) {};
  return out;
}

/// A place in a template: a text (sequence 0 or 1), or special tokens (sequence -1).
struct Slot {
  int sequence;
  std::int32_t type_id;
  std::vector<std::pair<std::string, std::int32_t>> tokens;
};

std::vector<Slot> read_template(const JsonValue& json, const JsonValue& special_tokens) {
  std::vector<Slot> slots;
  for (const JsonValue& piece : json.elements()) {
    if (const auto sequence = piece.find("Sequence")) {
      const std::string id = sequence->at("id").string();
      if (id != "A" && id != "B")
        throw sequence->at("id").error(fmt::format(R"("A" or "B" is expected, "{}" was found)", id));
      slots.push_back({id == "A" ? 0 : 1, sequence->at("type_id").natural(), {}});
      continue;
    }
    const JsonValue special = piece.at("SpecialToken");
    Slot slot{-1, special.at("type_id").natural(), {}};
    const JsonValue token = special_tokens.at(special.at("id").string());
    const auto ids = token.at("ids").elements(), tokens = token.at("tokens").elements();
    if (ids.size() != tokens.size())
      throw token.error(fmt::format("{} ids but {} tokens were found", ids.size(), tokens.size()));
    for (std::size_t i = 0; i < ids.size(); ++i)
      slot.tokens.emplace_back(tokens[i].string(), ids[i].natural());
    slots.push_back(std::move(slot));
  }
  return slots;
}

int count_added(const std::vector<Slot>& slots) {
  int count = 0;
  for (const Slot& slot : slots) count += static_cast<int>(slot.tokens.size());
  return count;
}

void apply_template(const std::vector<Slot>& slots, std::vector<Encoding>& parts, bool add_special_tokens) {
  std::vector<Encoding> out;
  for (const Slot& slot : slots) {
    Encoding part;
    if (slot.sequence < 0) {
      if (!add_special_tokens) continue;
      for (const auto& [token, id] : slot.tokens) append_special(part, token, id, slot.type_id);
    } else {
      part = parts[static_cast<std::size_t>(slot.sequence)];  // a text may stand in a template twice
      part.type_ids.assign(part.size(), slot.type_id);
    }
    out.push_back(std::move(part));
  }
  parts = std::move(out);
}

PostProcessor read_template_processor(const JsonValue& json) {
  const JsonValue special_tokens = json.at("special_tokens");
  std::vector<Slot> single = read_template(json.at("single"), special_tokens);
  std::vector<Slot> pair = read_template(json.at("pair"), special_tokens);
  for (const Slot& slot : single)
    if (slot.sequence == 1)
      throw json.at("single").error("the template of one text names the second (\"B\")");
  PostProcessor out;
  out.added_single = count_added(single);
  out.added_pair = count_added(pair);
  out.process = [single = std::move(single), pair = std::move(pair)](std::vector<Encoding>& parts,
                                                                     const PostProcessor::Input& input) {
    if (parts.size() > 2)
      throw input_error("the tokenizer's post-processor fills a template in what is one already");
    apply_template(parts.size() == 2 ? pair : single, parts, input.add_special_tokens);
  };
  return out;
}

EndTokens read_end_tokens(const JsonValue& json) {
  const auto read = [&](const char* key, std::string& token, std::int32_t& id) {
    const JsonValue member = json.at(key);
    const auto pair = member.elements();
    if (pair.size() != 2) throw member.error("a token and its id are expected");
    token = pair[0].string();
    id = pair[1].natural();
  };
  EndTokens ends;
  read("cls", ends.cls, ends.cls_id);
  read("sep", ends.sep, ends.sep_id);
  return ends;
}

PostProcessor read_post_processor_sequence(const JsonValue& json) {
  std::vector<PostProcessor> steps;
  PostProcessor out;
  for (const JsonValue& step : json.at("processors").elements()) {
    steps.push_back(read_post_processor(step));
    out.added_single += steps.back().added_single;
    out.added_pair += steps.back().added_pair;
  }
  out.process = [steps = std::move(steps)](std::vector<Encoding>& parts, const PostProcessor::Input& input) {
    for (const PostProcessor& step : steps) step.process(parts, input);
  };
  return out;
}

}  // namespace

PostProcessor bert_processor(const EndTokens& ends) {
  PostProcessor out;
  out.added_single = 2;
  out.added_pair = 3;
  out.process = [ends](std::vector<Encoding>& parts, const PostProcessor::Input& input) {
    if (!input.add_special_tokens) return;
    for (std::size_t i = 0; i < parts.size(); ++i) {
      Encoding part;
      if (i == 0) append_special(part, ends.cls, ends.cls_id, 0);
      append(part, std::move(parts[i]));
      append_special(part, ends.sep, ends.sep_id, i == 0 ? 0 : 1);
      parts[i] = std::move(part);
    }
  };
  return out;
}

PostProcessor roberta_processor(const RobertaOptions& options) {
  PostProcessor out;
  out.added_single = 2;
  out.added_pair = 4;
  out.process = [options](std::vector<Encoding>& parts, const PostProcessor::Input& input) {
    if (options.trim_offsets) trim_all(parts, input, options.add_prefix_space);
    const EndTokens& ends = options.ends;
    for (std::size_t i = 0; i < parts.size(); ++i) {
      parts[i].type_ids.assign(parts[i].size(), 0);
      if (!input.add_special_tokens) continue;
      Encoding part;
      if (i == 0)
        append_special(part, ends.cls, ends.cls_id, 0);
      else
        append_special(part, ends.sep, ends.sep_id, 0);
      append(part, std::move(parts[i]));
      append_special(part, ends.sep, ends.sep_id, 0);
      parts[i] = std::move(part);
    }
  };
  return out;
}

PostProcessor read_post_processor(const JsonValue& json) {
  const std::string type = json.at("type").string();
  if (type == "TemplateProcessing") return read_template_processor(json);
  if (type == "BertProcessing") return bert_processor(read_end_tokens(json));
  if (type == "RobertaProcessing")
    return roberta_processor(
        {read_end_tokens(json), json.at("trim_offsets").boolean(), json.at("add_prefix_space").boolean()});
  if (type == "ByteLevel")
    return byte_level_processor(json.at("trim_offsets").boolean(), json.at("add_prefix_space").boolean());
  if (type == "Sequence") return read_post_processor_sequence(json);
  throw json.at("type").error(
      fmt::format("there is no post-processor \"{}\"; supported are BertProcessing, ByteLevel, "
                  "RobertaProcessing, Sequence, TemplateProcessing",
                  type));
}

}  // namespace neurox::text
