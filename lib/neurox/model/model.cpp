#include "neurox/model/model.h"

#include <algorithm>
#include <functional>

#include "neurox/core/error.h"
#include "neurox/core/gguf_file.h"
#include "neurox/core/hash.h"
#include "neurox/model/device.h"
#include "neurox/model/encoder_decoder.h"
#include "neurox/model/gguf_weights.h"
#include "neurox/model/heads.h"
#include "neurox/model/key_value_cache.h"
#include "neurox/model/load_network.h"
#include "neurox/model/safetensors.h"
#include "neurox/model/sparse_autoencoder.h"
#include "neurox/model/transformer.h"
#include "neurox/model/weights.h"

namespace neurox::model {
namespace {

/// Runs `work`; what LibTorch throws becomes the one exception, its first line only.
template <class Work>
auto guarded(const std::string& what, const Work& work) {
  try {
    return work();
  } catch (const c10::Error& e) {
    const std::string message = e.what_without_backtrace();
    throw numeric_error("{}: {}", what, message.substr(0, message.find('\n')));
  }
}

}  // namespace

struct Model::State {
  ModelConfig config;
  torch::Device device = torch::kCPU;
  torch::ScalarType dtype = torch::kFloat32;
  std::optional<std::uint64_t> seed;
  std::vector<std::filesystem::path> weight_files;
  bool one_file = false;  ///< GGUF (maybe split): the configuration is in there too
  std::unique_ptr<Transformer> transformer;
  std::unique_ptr<Transformer> encoder;  ///< where the other is a decoder that attends to it
  Heads heads;
  std::unique_ptr<Network> network;  ///< instead of the two
  std::unique_ptr<Hooks> hooks;
  struct Features {
    Site host;
    SiteColumns columns;
    Hooks::Guard guard;
  };
  std::vector<Features> features;
  std::string fingerprint;

  void check_batch(const Batch& batch) const;
  void check_sides(const Batch& batch) const;
  void check_ids(const torch::Tensor& ids, std::int64_t end, const Batch& batch, std::string_view what) const;
  void check_rows(const torch::Tensor& x, const Batch& batch, std::int64_t width) const;
  void check_site(std::optional<Site> site) const;
  /// The last site of the layers that a pass has to reach.
  std::optional<Site> layer_site(std::optional<Site> stop_after) const;
  template <class Work>
  auto head(bool present, std::string_view what, const Work& work) const;
};

void Model::State::check_ids(const torch::Tensor& ids, std::int64_t end, const Batch& batch,
                             std::string_view what) const {
  if (ids.dim() != 1 || ids.size(0) != batch.tokens() || ids.scalar_type() != torch::kInt64)
    throw usage_error("batch: {} ids: {} where {} int64 are needed", what, ids.numel(), batch.tokens());
  const auto [low, high] = ids.aminmax();
  if (low.item<std::int64_t>() >= 0 && high.item<std::int64_t>() < end) return;
  const auto row = at::nonzero((ids < 0).logical_or(ids >= end))[0].item<std::int64_t>();
  const std::vector<std::int64_t> offsets = batch.offsets();
  const auto after = std::upper_bound(offsets.begin(), offsets.end(), row);
  throw input_error(
      "sentence {} of the batch, token {}: {} id {}, but {} has {}; is the tokenizer another model's?",
      after - offsets.begin() - 1, row - *(after - 1), what, ids[row].item<std::int64_t>(),
      config.file.parent_path().string(), end);
}

void Model::State::check_batch(const Batch& batch) const {
  if (batch.lengths.empty()) throw usage_error("batch: no sentence");
  if (batch.cache != nullptr && batch.cache->sentences() != batch.sentences())
    throw usage_error("a batch of {} sentences cannot go on behind {}", batch.sentences(),
                      batch.cache->sentences());
  const auto before = [&](std::size_t i) {
    return batch.cache == nullptr ? 0 : batch.cache->length(static_cast<std::int64_t>(i));
  };
  if (encoder) return check_sides(batch);
  const bool bounded = !network && config.has_position_table();
  for (std::size_t i = 0; i < batch.lengths.size(); ++i) {
    const std::int64_t length = batch.lengths[i] + before(i);
    if (batch.lengths[i] < 1) throw input_error("sentence {} of the batch: {} tokens", i, length);
    if (bounded && length > config.max_positions)
      throw input_error("sentence {} of the batch: {} tokens, but {} has {} positions", i, length,
                        config.file.parent_path().string(), config.max_positions);
  }
  if (batch.type_ids.defined() && config.types > 0)
    check_ids(batch.type_ids, config.types, batch, "token type");
}

void Model::State::check_sides(const Batch& batch) const {
  const Sides sides = part_sides(batch);
  const auto check = [&](const Batch& side, const ModelConfig& c, std::string_view what) {
    for (std::size_t i = 0; i < side.lengths.size(); ++i) {
      const std::int64_t length =
          side.lengths[i] + (side.cache == nullptr ? 0 : side.cache->before(static_cast<std::int64_t>(i)));
      if (side.lengths[i] < 1) throw input_error("sentence {} of the batch: no {} token", i, what);
      if (c.has_position_table() && length > c.max_positions)
        throw input_error("sentence {} of the batch: a {} of {} tokens, but {} has {} positions", i, what,
                          length, config.file.parent_path().string(), c.max_positions);
    }
    if (side.ids.defined()) check_ids(side.ids, c.vocabulary, side, fmt::format("{} token", what));
  };
  check(sides.source, *config.encoder, "source");
  check(sides.target, config, "target");
}

void Model::State::check_rows(const torch::Tensor& x, const Batch& batch, std::int64_t width) const {
  if (x.dim() != 2 || x.size(0) != batch.tokens() || x.size(1) != width)
    throw usage_error("batch: states of {} numbers where {} x {} are needed", x.numel(), batch.tokens(),
                      width);
}

void Model::State::check_site(std::optional<Site> site) const {
  if (!site) return;
  bool known = false;
  if (network)
    known = std::any_of(network->sites().begin(), network->sites().end(),
                        [&](const SiteColumns& columns) { return site_of(columns) == site; });
  else if (site->kind == SiteKind::FinalNorm)
    known = transformer->has_final_norm();
  else
    known = site->kind != SiteKind::Module && site->block >= 0 && site->block < config.blocks;
  if (encoder) {
    const bool in_encoder = site->stack == Stack::Encoder;
    const std::vector<SiteColumns> sites =
        (in_encoder ? encoder : transformer)->sites(in_encoder ? Stack::Encoder : site->stack);
    known = std::any_of(sites.begin(), sites.end(),
                        [&](const SiteColumns& columns) { return site_of(columns) == site; });
  } else if (site->stack == Stack::Encoder) {
    throw usage_error("no site {}: there is no encoder in {}", full_name(*site),
                      config.file.parent_path().string());
  } else if (site->stack == Stack::Decoder || is_cross(site->kind)) {
    known = false;
  }
  if (!known) throw usage_error("no site {} in {}", full_name(*site), config.file.parent_path().string());
}

template <class Work>
auto Model::State::head(bool present, std::string_view what, const Work& work) const {
  if (!present) throw usage_error("{} holds no {}", config.file.parent_path().string(), what);
  return guarded(std::string(what), work);
}

Model::Model(std::unique_ptr<State> state) : state_(std::move(state)) {}
Model::Model(Model&&) noexcept = default;
Model& Model::operator=(Model&&) noexcept = default;
Model::~Model() = default;

Model Model::load(const std::filesystem::path& path, const LoadOptions& options) {
  const bool in_gguf = std::filesystem::is_regular_file(path) && GgufFile::is_one(path);
  if (!in_gguf && is_network(path)) return load_network(path, options);
  // Weights loaded in the caller's inference mode could never take part in a gradient.
  const c10::InferenceMode no_inference_mode(false);
  auto state = std::make_unique<State>();
  State& s = *state;
  std::optional<GgufFile> gguf;
  if (in_gguf) gguf = GgufFile::open(path);
  s.config = gguf ? gguf_config(*gguf) : ModelConfig::load(path);
  s.device = parse_device(options.device);
  s.dtype = options.dtype;
  s.seed = options.random_init;
  guarded(path.string(), [&] {
    std::optional<SafeTensors> file;
    std::unique_ptr<Weights> weights;
    if (gguf) {
      if (s.seed) throw usage_error("{}: --random-init is for folders with a config.json", path.string());
      s.weight_files = gguf->files();
      s.one_file = true;
      weights = std::make_unique<GgufWeights>(*gguf, s.config, s.dtype, s.device);
    } else if (s.seed) {
      weights = std::make_unique<RandomWeights>(s.config, *s.seed, s.dtype, s.device);
    } else {
      file = SafeTensors::open_folder(path);
      s.weight_files = file->files();
      weights = std::make_unique<CheckpointWeights>(*file, s.config, s.dtype, s.device);
    }
    if (s.config.encoder) s.encoder = std::make_unique<Transformer>(*s.config.encoder, *weights);
    s.transformer = std::make_unique<Transformer>(s.config, *weights);
    s.heads = Heads::load(s.config, *weights, s.transformer->word_embeddings());
    weights->finish();
  });
  const Hooks::Blocks own{s.config.blocks, s.transformer->has_final_norm()};
  s.hooks = s.encoder ? std::make_unique<Hooks>(
                            Hooks::Blocks{s.config.encoder->blocks, s.encoder->has_final_norm()}, own)
                      : std::make_unique<Hooks>(own.blocks, own.final_norm);
  return Model(std::move(state));
}

Model Model::load_network(const std::filesystem::path& path, const LoadOptions& options) {
  const c10::InferenceMode no_inference_mode(false);
  auto state = std::make_unique<State>();
  State& s = *state;
  s.device = parse_device(options.device);
  s.seed = options.random_init;
  LoadedNetwork loaded = guarded(path.string(), [&] { return model::load_network(path, options, s.device); });
  s.network = std::move(loaded.network);
  s.config = std::move(loaded.config);
  s.weight_files = std::move(loaded.weight_files);
  s.one_file = loaded.one_file;
  s.dtype = s.network->word_embeddings().scalar_type();
  std::vector<std::string> names;
  for (const SiteColumns& site : s.network->sites()) {
    names.push_back(site.site);
    s.config.mlp_width += site.width;
  }
  s.hooks = std::make_unique<Hooks>(std::move(names));
  return Model(std::move(state));
}

const ModelConfig& Model::config() const {
  return state_->config;
}
const Network* Model::network() const {
  return state_->network.get();
}
bool Model::mixes_lengths() const {
  return !state_->network || state_->network->mixes_lengths();
}
bool Model::keeps_state() const {
  return !state_->network || state_->network->keeps_state();
}
torch::Device Model::device() const {
  return state_->device;
}
torch::ScalarType Model::dtype() const {
  return state_->dtype;
}
std::vector<SiteColumns> Model::sites() const {
  if (state_->network) return state_->network->sites();
  if (!state_->encoder) {
    std::vector<SiteColumns> sites = state_->transformer->sites();
    for (const State::Features& features : state_->features) {
      const auto host = std::find_if(sites.begin(), sites.end(), [&](const SiteColumns& columns) {
        return site_of(columns) == features.host;
      });
      sites.insert(host + 1, features.columns);
    }
    return sites;
  }
  std::vector<SiteColumns> all = state_->encoder->sites(Stack::Encoder);
  const std::vector<SiteColumns> more = state_->transformer->sites(Stack::Decoder);
  all.insert(all.end(), more.begin(), more.end());
  return all;
}
Hooks& Model::hooks() {
  return *state_->hooks;
}

void Model::add_features(Site host, SparseAutoencoder autoencoder) {
  State& s = *state_;
  const std::string name = full_name(host) + ".sae";
  if (s.network || s.encoder)
    throw usage_error("{}: features are read from a Transformer of one stack of blocks", name);
  const std::vector<SiteColumns> known = s.transformer->sites();
  const auto columns = std::find_if(known.begin(), known.end(),
                                    [&](const SiteColumns& c) { return c.width > 0 && site_of(c) == host; });
  if (columns == known.end())
    throw usage_error("no site {} with neurons in {}", full_name(host), s.config.file.parent_path().string());
  if (columns->width != autoencoder.inputs())
    throw input_error("{}: takes {} inputs, but {} has {} neurons", autoencoder.folder.string(),
                      autoencoder.inputs(), columns->site, columns->width);
  const int block = host.block < 0 ? s.config.blocks - 1 : host.block;
  SiteColumns added{name, block, static_cast<int>(autoencoder.features()), 0};
  autoencoder.to(s.device, s.dtype);
  Hooks::Guard guard = show_features(*s.hooks, host, name, std::move(autoencoder));
  s.features.push_back({host, std::move(added), std::move(guard)});
}

std::optional<Site> Model::State::layer_site(std::optional<Site> stop_after) const {
  // All that stands in the block of features may be looked at too.
  for (const Features& f : features)
    if (stop_after && site_of(f.columns) == stop_after)
      return f.host.block < 0 ? std::nullopt
                              : std::optional(Site{SiteKind::ResidPost, f.host.block, {}, f.host.stack});
  return stop_after;
}

torch::Tensor Model::forward(const Batch& batch, std::optional<Site> stop_after) const {
  return forward_embeddings(embed(batch), batch, stop_after);
}

torch::Tensor Model::embed(const Batch& batch) const {
  state_->check_batch(batch);
  if (!batch.ids.defined()) throw usage_error("batch: no token ids");
  if (state_->encoder)
    return guarded("word embeddings", [&] {
      return EncoderDecoder{*state_->encoder, *state_->transformer}.embed_words(batch);
    });
  state_->check_ids(batch.ids, state_->config.vocabulary, batch, "token");
  return guarded("word embeddings", [&] {
    return state_->network ? state_->network->word_embeddings().index_select(0, batch.ids.to(state_->device))
                           : state_->transformer->embed_words(batch);
  });
}

torch::Tensor Model::forward_embeddings(const torch::Tensor& word_embeddings, const Batch& batch,
                                        std::optional<Site> stop_after) const {
  state_->check_batch(batch);
  state_->check_rows(word_embeddings, batch, state_->config.embedding_width);
  stop_after = state_->layer_site(stop_after);
  state_->check_site(stop_after);
  return guarded("forward pass", [&] {
    if (state_->network) return state_->network->run(word_embeddings, batch, *state_->hooks, stop_after);
    if (state_->encoder)
      return EncoderDecoder{*state_->encoder, *state_->transformer}.run(word_embeddings, batch,
                                                                        *state_->hooks, stop_after);
    const Transformer& transformer = *state_->transformer;
    return transformer.run(transformer.embed(word_embeddings, batch), 0, batch, *state_->hooks, stop_after);
  });
}

torch::Tensor Model::forward_from(int block, const torch::Tensor& resid_pre, const Batch& batch,
                                  std::optional<Site> stop_after) const {
  if (state_->network)
    throw usage_error("{}: the model has no blocks to begin from", state_->weight_files[0].string());
  if (state_->encoder)
    throw usage_error("{}: a pass through an encoder and a decoder begins at the word embeddings",
                      state_->config.file.parent_path().string());
  state_->check_batch(batch);
  state_->check_rows(resid_pre, batch, state_->config.width);
  stop_after = state_->layer_site(stop_after);
  state_->check_site(stop_after);
  state_->check_site(Site{SiteKind::ResidPre, block});
  if (stop_after && *stop_after < Site{SiteKind::ResidPre, block})
    throw usage_error("{} comes before block {}, from which the pass starts", full_name(*stop_after), block);
  return guarded("forward pass", [&] {
    return state_->transformer->run(resid_pre, block, batch, *state_->hooks, stop_after);
  });
}

bool Model::has_sequence_classifier() const {
  if (state_->network) return state_->network->task() == Network::Task::Text;
  return static_cast<bool>(state_->heads.sequence.out);
}
bool Model::has_token_classifier() const {
  if (state_->network) return state_->network->task() == Network::Task::Words;
  return static_cast<bool>(state_->heads.token);
}
bool Model::has_causal_lm() const {
  if (state_->network) return state_->network->task() == Network::Task::Next;
  return state_->config.causal && state_->heads.lm.out;
}
bool Model::has_masked_lm() const {
  return !state_->config.causal && state_->heads.lm.out;
}
bool Model::has_question_answering() const {
  return static_cast<bool>(state_->heads.span);
}

torch::Tensor Model::classify(const torch::Tensor& hidden, const Batch& batch) const {
  return state_->head(has_sequence_classifier(), "sequence classifier", [&] {
    if (state_->network) return hidden;
    state_->check_rows(hidden, batch, state_->config.width);
    return sequence_logits(state_->heads.sequence, hidden, batch, state_->config.reads_last());
  });
}

torch::Tensor Model::token_logits(const torch::Tensor& hidden) const {
  return state_->head(has_token_classifier(), "token classifier",
                      [&] { return state_->network ? hidden : state_->heads.token(hidden); });
}

torch::Tensor Model::lm_logits(const torch::Tensor& hidden) const {
  return state_->head(has_causal_lm() || has_masked_lm(), "language model head",
                      [&] { return state_->network ? hidden : vocabulary_logits(state_->heads.lm, hidden); });
}

std::pair<torch::Tensor, torch::Tensor> Model::span_logits(const torch::Tensor& hidden) const {
  return state_->head(has_question_answering(), "question answering head", [&] {
    const torch::Tensor logits = state_->heads.span(hidden);
    return std::pair(logits.select(1, 0), logits.select(1, 1));
  });
}

std::vector<std::string> Model::labels() const {
  const Linear& out = has_sequence_classifier() ? state_->heads.sequence.out : state_->heads.token;
  const Network* network = state_->network.get();
  if (network != nullptr ? !has_sequence_classifier() && !has_token_classifier() : !out) return {};
  std::vector<std::string> names = state_->config.labels;
  const auto classes = static_cast<std::size_t>(network != nullptr ? network->classes() : out.outputs());
  if (names.size() == classes) return names;
  names.clear();
  for (std::size_t i = 0; i < classes; ++i) names.push_back(fmt::format("LABEL_{}", i));
  return names;
}

const BlockLayers& Model::layers(int block) const {
  state_->check_site(Site{SiteKind::ResidPre, block});
  return state_->transformer->layers(block);
}
const Norm& Model::final_norm() const {
  if (state_->network)
    throw usage_error("{}: the model has no final norm that could be read", state_->weight_files[0].string());
  return state_->transformer->final_norm();
}
const BlockLayers& Model::encoder_layers(int block) const {
  state_->check_site(Site{SiteKind::ResidPre, block, {}, Stack::Encoder});
  return state_->encoder->layers(block);
}
const Norm& Model::encoder_final_norm() const {
  return state_->encoder->final_norm();
}
const Heads& Model::heads() const {
  if (state_->network)
    throw usage_error("{}: the model has no heads that could be read", state_->weight_files[0].string());
  return state_->heads;
}

void Model::take_layers(const Model& other, int first_block) {
  State& s = *state_;
  const State& from = *other.state_;
  const bool fit = !s.network && !from.network && !s.encoder && !from.encoder &&
                   s.config.model_type == from.config.model_type && s.config.blocks == from.config.blocks &&
                   s.config.width == from.config.width && s.config.mlp_width == from.config.mlp_width &&
                   s.config.vocabulary == from.config.vocabulary && s.dtype == from.dtype &&
                   s.device == from.device;
  if (!fit)
    throw usage_error("layers of {} do not fit {}", from.config.file.parent_path().string(),
                      s.config.file.parent_path().string());
  s.transformer->take_layers(*from.transformer, first_block);
  s.heads = from.heads;
}

const std::string& Model::fingerprint() const {
  State& s = *state_;
  if (s.fingerprint.empty() && s.one_file && s.weight_files.size() == 1)
    s.fingerprint = sha256_file(s.weight_files[0]);
  if (s.fingerprint.empty()) {
    std::string parts = s.one_file ? "" : "config.json " + sha256_file(s.config.file) + "\n";
    if (s.seed) parts += fmt::format("random_init {}\n", *s.seed);
    for (const std::filesystem::path& file : s.weight_files)
      parts += file.filename().string() + " " + sha256_file(file) + "\n";
    s.fingerprint = sha256(parts);
  }
  return s.fingerprint;
}

}  // namespace neurox::model
