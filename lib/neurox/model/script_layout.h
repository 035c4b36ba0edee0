#pragma once

#include <torch/types.h>

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace neurox::model {

/// Which axis of a tensor is the batch and which the words, whatever their order: #batch x #words x width,
/// #batch x channels x #words (convolutions), #words x #batch x width (recurrent layers), #batch x width
/// (pooled: no words).
class ScriptLayout {
 public:
  /// Words of each text of a sentence: one, or two of a pair, which stand one after the other.
  using Lengths = std::vector<std::int64_t>;
  static std::int64_t words_of(const Lengths& lengths);
  /// The sizes of one tensor at two sizes of the input tell the axes apart.
  struct Probe {
    std::int64_t sentences;
    Lengths lengths;
    std::vector<std::int64_t> sizes;
  };
  /// Nothing for a tensor that has no rows of its own: no axis that follows the batch, two that follow the
  /// words (attention probabilities), more positions than words, or no numbers beside them.
  static std::optional<ScriptLayout> find(const Probe& a, const Probe& b);

  /// Whether there is an axis of words.
  bool has_words() const { return words_ >= 0; }
  /// Whether there is a position for each word of its text.
  bool whole() const { return has_words() && missing_ == 0; }
  /// Whose words they are: 0, or 1 for the second of a pair.
  std::size_t text() const { return text_; }
  /// Numbers of a word (of a sentence, where there is no axis of words), as one row.
  std::int64_t width() const { return width_; }

  /// #sentences * words x width. Convolutions without padding have fewer positions than words: position i is
  /// the window that begins at word i, and the last words' rows are zero, as are those of another text.
  /// Without words each row of a sentence is the sentence's.
  torch::Tensor rows(const torch::Tensor& x, std::int64_t sentences, const Lengths& lengths) const;
  /// These rows, zero where the tensor has no position.
  torch::Tensor own(const torch::Tensor& rows, std::int64_t sentences, const Lengths& lengths) const;
  /// A tensor like `x` made of rows. Without words the mean of a sentence's rows, so that what is attributed
  /// to its words adds up to the sentence's. Equal to `x`, bit for bit, where the rows are those of `x`.
  torch::Tensor back(const torch::Tensor& rows, const torch::Tensor& x, std::int64_t sentences,
                     const Lengths& lengths) const;
  /// #sentences x width, of a tensor without words.
  torch::Tensor sentence_rows(const torch::Tensor& x) const;

 private:
  std::vector<std::int64_t> order() const;
  /// First of its positions among a sentence's words, and their number.
  std::pair<std::int64_t, std::int64_t> place(const Lengths& lengths) const;
  /// #sentences x positions x width among the words of all texts.
  torch::Tensor spread(const torch::Tensor& positions, const Lengths& lengths) const;

  std::int64_t axes_ = 0, batch_ = -1, words_ = -1;
  std::size_t text_ = 0;
  std::int64_t missing_ = 0;  ///< words minus positions
  std::int64_t width_ = 1;
};

}  // namespace neurox::model
