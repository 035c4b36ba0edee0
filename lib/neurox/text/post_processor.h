#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "neurox/text/encoding.h"
#include "neurox/text/json_reader.h"

namespace neurox::text {

/// What is done to the tokens of one or two texts before they are joined: special tokens put around them,
/// offsets trimmed.
struct PostProcessor {
  struct Input {
    bool add_special_tokens;
    std::vector<std::string_view> texts;  ///< the original texts, one or two
  };
  /// Number of special tokens that come with one text, and with two.
  int added_single = 0, added_pair = 0;
  /// Changes the parts in place. They come in one for each text, type ids 0 and 1.
  std::function<void(std::vector<Encoding>& parts, const Input& input)> process;
};

/// The post-processor that a tokenizer file asks for.
/// @throws Error{Input} for one that is not known or not complete
PostProcessor read_post_processor(const JsonValue& json);

/// `[CLS] A [SEP] B [SEP]`, type ids 0 and 1 (BERT).
struct EndTokens {
  std::string cls, sep;
  std::int32_t cls_id = 0, sep_id = 0;
};
PostProcessor bert_processor(const EndTokens& ends);

/// `<s> A </s> </s> B </s>`, type ids 0 (RoBERTa); byte-level spaces trimmed from the offsets where asked.
struct RobertaOptions {
  EndTokens ends;
  bool trim_offsets = true, add_prefix_space = true;
};
PostProcessor roberta_processor(const RobertaOptions& options);

}  // namespace neurox::text
