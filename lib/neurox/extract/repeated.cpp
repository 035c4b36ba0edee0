#include "neurox/extract/repeated.h"

#include <algorithm>
#include <cmath>

namespace neurox::extract {
namespace {

PlanInput input_of(const std::vector<std::string>& words, std::string& text) {
  PlanInput input;
  for (const std::string& word : words) {
    if (!text.empty()) text += ' ';
    const auto begin = static_cast<std::uint32_t>(text.size());
    text += word;
    input.words.emplace_back(begin, static_cast<std::uint32_t>(text.size()));
  }
  input.text = text;
  input.where = "a made-up sentence";
  return input;
}

}  // namespace

std::vector<std::string> repeated_to(std::span<const std::string> words, double length) {
  const auto size = static_cast<double>(std::max<std::size_t>(words.size(), 1));
  const auto times = static_cast<std::size_t>(std::max(1.0, std::floor(length / size + 0.5)));
  std::vector<std::string> out;
  for (std::size_t k = 0; k < times; ++k) out.insert(out.end(), words.begin(), words.end());
  return out;
}

MatrixF mean_activations(PooledForward& forward, const text::Tokenizer& tokenizer,
                         std::span<const std::vector<std::string>> sentences, PlanOptions plan) {
  plan.unit = Unit::Word;
  plan.special_tokens = false;
  std::vector<SentencePlan> plans;
  for (const std::vector<std::string>& words : sentences) {
    std::string text;
    const PlanInput input = input_of(words, text);
    plans.push_back(plan_sentence(tokenizer, input, plan));
  }
  const MatrixF rows = forward.run(plans);
  MatrixF out = MatrixF::Zero(static_cast<Index>(sentences.size()), rows.cols());
  Index at = 0;
  for (std::size_t s = 0; s < plans.size(); ++s) {
    Index counted = 0;
    for (const PlannedRow& row : plans[s].rows) {
      if (row.status == Status::Ok || row.status == Status::Unk) {
        out.row(static_cast<Index>(s)) += rows.row(at);
        ++counted;
      }
      ++at;
    }
    if (counted > 0) out.row(static_cast<Index>(s)) /= static_cast<float>(counted);
  }
  return out;
}

}  // namespace neurox::extract
