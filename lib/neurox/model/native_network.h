#pragma once

#include <torch/types.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "neurox/model/layers.h"
#include "neurox/model/network.h"
#include "neurox/model/network_config.h"
#include "neurox/model/weights.h"

namespace neurox::model {

/// What networks read from a folder share: the site `embed`, and from a text's vector to its classes the
/// sites `pool`, `pair`, `hidden.hook_pre` and `hidden.hook_post`, each where it applies.
///
///     pool       a text's vector                      pair    [p, h, |p - h|, p h] of the pools of two texts
///     hook_pre   W pool + b                           hook_post   relu(hook_pre)
///
/// At these the row of each word is its text's own (of `pair` and behind it the pair's); an edit takes the
/// mean of the rows, a gradient is shared out evenly.
class NativeNetwork : public Network {
 public:
  const std::vector<SiteColumns>& sites() const override { return sites_; }
  bool has_words(std::size_t site) const override { return has_words_[site]; }
  bool is_cut(std::size_t site) const override;
  Task task() const override { return config_.task; }
  std::int64_t classes() const override { return output_ ? output_.outputs() : word_embeddings_.size(1); }
  const torch::Tensor& word_embeddings() const override { return word_embeddings_; }
  std::string embedding() const override { return "embed"; }
  bool mixes_lengths() const override { return true; }
  torch::Tensor run(const torch::Tensor& words, const Batch& batch, const Hooks& hooks,
                    std::optional<Site> stop_after) const override;

  const NetworkConfig& config() const { return config_; }
  /// The layer behind the pool (empty where there is none) and the last one.
  const Linear& hidden() const { return hidden_; }
  const Linear& output() const { return output_; }
  /// Words of each text, two of each sentence where pairs are taken.
  /// @throws Error{Usage} for a pair where one text is taken and the other way round
  std::vector<std::int64_t> text_lengths(const Batch& batch) const;

 protected:
  struct Pass {
    const Hooks& hooks;
    int stop;  ///< number of the site at which the pass ends, or -1
    torch::Tensor stopped = {};
    bool done() const { return stopped.defined(); }
  };

  NativeNetwork(NetworkConfig config, Weights& weights);
  int add_site(const std::string& name, std::int64_t width, bool words = true);
  /// The layers that are this class's; pooled vectors have this width.
  void add_head(Weights& weights, std::int64_t width);
  /// In its place, an output layer that needs no more.
  void set_output(Linear output) { output_ = std::move(output); }

  /// From the words of all texts to one row a text (task Text) or a word. Anything once the pass is done.
  virtual torch::Tensor encode(const torch::Tensor& words, const Batch& batch,
                               const std::vector<std::int64_t>& lengths, Pass& pass) const = 0;
  torch::Tensor touch(Pass& pass, int site, torch::Tensor rows) const;
  /// At a site with one vector of each text.
  torch::Tensor touch_texts(Pass& pass, int site, const torch::Tensor& x,
                            const std::vector<std::int64_t>& lengths) const;

 private:
  torch::Tensor classify(torch::Tensor pooled, const std::vector<std::int64_t>& lengths, Pass& pass) const;

  NetworkConfig config_;
  std::vector<SiteColumns> sites_;
  std::vector<bool> has_words_;
  torch::Tensor word_embeddings_;
  Linear hidden_, output_;
  int pool_ = -1, pair_ = -1, pre_ = -1, post_ = -1;
};

/// A vector of each text from rows of its words.
torch::Tensor pool_texts(const torch::Tensor& rows, const std::vector<std::int64_t>& lengths,
                         NetworkConfig::Pooling pooling);

/// The network that a folder's config.json describes.
std::unique_ptr<NativeNetwork> make_network(const NetworkConfig& config, Weights& weights);

}  // namespace neurox::model
