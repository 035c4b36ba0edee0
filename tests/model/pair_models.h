#pragma once

#include "model/tiny_models.h"

/// Tiny encoders with decoders of testdata/pair-models (scripts/fixtures/pair_models.py).
namespace neurox::testing {

inline std::filesystem::path pair_folder(const std::string& name) {
  return std::filesystem::path(NEUROX_TESTDATA) / "pair-models" / name;
}

inline std::vector<std::string> pair_models() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(pair_folder("")))
    names.push_back(entry.path().filename());
  std::sort(names.begin(), names.end());
  return names;
}

inline std::vector<std::int64_t> numbers(const torch::Tensor& x) {
  return {x.const_data_ptr<std::int64_t>(), x.const_data_ptr<std::int64_t>() + x.numel()};
}

/// A tiny encoder with decoder, and the batch that transformers computed its reference on.
struct PairSubject {
  explicit PairSubject(const std::string& folder, torch::ScalarType dtype = torch::kFloat32)
      : name(folder),
        model(model::Model::load(pair_folder(folder), {.dtype = dtype})),
        expected(model::SafeTensors::open(pair_folder(folder) / "reference.safetensors")) {
    at::set_num_threads(1);
    batch.ids = expected.tensor("ids").clone();
    batch.lengths = numbers(expected.tensor("lengths"));
    sources = numbers(expected.tensor("sources"));
    batch.mark_sources(sources);
  }

  /// Rows of the batch: of the targets, or of the sources.
  torch::Tensor rows(bool of_source) const {
    return torch::nonzero(batch.type_ids == (of_source ? 0 : 1)).squeeze(1);
  }
  torch::Tensor at(Site site) { return at_site(model, batch, site); }
  /// Observed at a pattern's site, one sentence's after the other, flattened.
  torch::Tensor pattern(Site site) {
    std::vector<torch::Tensor> sentences;
    const auto guard = model.hooks().observe(site, [&](const torch::Tensor& x) {
      for (const torch::Tensor& sentence : x.unbind(0)) sentences.push_back(sentence.reshape({-1}));
    });
    model.forward(batch);
    return torch::cat(sentences);
  }
  /// Sentence s alone, its first `target` target tokens.
  model::Batch alone(std::size_t s, std::int64_t target) const {
    const std::int64_t first = batch.offsets()[s];
    model::Batch out;
    out.ids = batch.ids.narrow(0, first, sources[s] + target).clone();
    out.lengths = {sources[s] + target};
    out.mark_sources(std::vector{sources[s]});
    return out;
  }

  std::string name;
  model::Model model;
  model::SafeTensors expected;
  model::Batch batch;
  std::vector<std::int64_t> sources;
};

template <class Check>
void on_every_pair(const Check& check) {
  for (const std::string& name : pair_models()) {
    SCOPED_TRACE(name);
    PairSubject subject(name);
    check(subject);
  }
}

}  // namespace neurox::testing
