#include "neurox/io/neurox_files.h"

#include <algorithm>

#include "neurox/core/error.h"
#include "neurox/io/activation_parts.h"
#include "neurox/io/hdf5_values.h"
#include "neurox/io/matrix_store.h"
#include "neurox/io/neuron_table.h"
#include "neurox/io/neurox_tokens.h"
#include "neurox/io/spool.h"

namespace neurox::io {
namespace {

NeuronAxis layer_axis(std::int64_t layers, std::int64_t width) {
  std::vector<SiteColumns> sites;
  for (std::int64_t k = 0; k < layers; ++k) {
    SiteColumns site;
    site.site = fmt::format("layer_{}", k);
    site.block = static_cast<int>(k);
    site.width = static_cast<int>(width);
    sites.push_back(site);
  }
  return all_neurons(std::move(sites));
}

std::shared_ptr<const ActivationReader> make_reader(const std::filesystem::path& path,
                                                    std::vector<std::vector<std::string>> tokens,
                                                    std::shared_ptr<const BlockSource> X, NeuronAxis axis) {
  auto shared = std::make_shared<const std::vector<std::vector<std::string>>>(std::move(tokens));
  auto parts = std::make_unique<ActivationReader::Parts>([shared] { return token_table(*shared); },
                                                         [shared] { return joined(*shared); },
                                                         [] { return std::vector<std::string>(); });
  parts->path = path;
  parts->X = std::move(X);
  parts->neurons = std::move(axis);
  parts->var = neuron_table(parts->neurons);
  parts->uns["sites"] = sites_tree(parts->neurons);
  return std::make_shared<const ActivationReader>(std::move(parts));
}

/// One sentence's dataset: #layers x #tokens x width in one piece.
struct SentenceArray {
  std::string name;
  std::int64_t offset;  // of its first byte; -1: only HDF5 can read it
  std::int64_t tokens;
  bool half;
};

class SentenceRows final : public BlockSource {
 public:
  SentenceRows(std::filesystem::path path, std::vector<SentenceArray> arrays, std::int64_t layers,
               std::int64_t width)
      : file_(path), path_(std::move(path)), arrays_(std::move(arrays)), layers_(layers), width_(width) {
    for (const SentenceArray& array : arrays_) first_.push_back(first_.back() + array.tokens);
  }

  Index rows() const override { return first_.back(); }
  Index cols() const override { return layers_ * width_; }
  Index block_columns() const override { return width_; }

  void read_block(Index first_row, Index first_column, MatrixFOut out) const override {
    const Index end_row = first_row + out.rows(), end_column = first_column + out.cols();
    auto sentence =
        static_cast<std::size_t>(std::upper_bound(first_.begin(), first_.end(), first_row) - first_.begin()) -
        1;
    for (Index row = first_row; row < end_row; ++sentence) {
      const Index next_row = std::min(end_row, first_[sentence + 1]);
      if (next_row == row) continue;
      for (Index column = first_column; column < end_column;) {
        const Index layer = column / width_, next_column = std::min(end_column, (layer + 1) * width_);
        MatrixF values(next_row - row, width_);
        read_layer(arrays_[sentence], layer, row - first_[sentence], values);
        out.block(row - first_row, column - first_column, next_row - row, next_column - column) =
            values.middleCols(column - layer * width_, next_column - column);
        column = next_column;
      }
      row = next_row;
    }
  }

 private:
  /// Tokens from, from+1, ... of one layer of one sentence.
  void read_layer(const SentenceArray& array, Index layer, Index from, MatrixF& values) const {
    if (array.offset >= 0) {
      const std::int64_t element = array.half ? 2 : 4;
      const MatrixLayout layout{
          array.tokens, width_, array.offset + layer * array.tokens * width_ * element, 0, 0, array.half};
      read_plain(file_, layout, from, values);
      return;
    }
    h5::Lock lock;
    const h5::File file = h5::open_file(path_);
    const h5::Handle dataset = h5::open_dataset(file, file.id, array.name);
    const auto all = h5::read_numbers<float>(file, dataset);
    values =
        Eigen::Map<const MatrixF>(all.data() + (layer * array.tokens + from) * width_, values.rows(), width_);
  }

  ReadOnlyFile file_;
  std::filesystem::path path_;
  std::vector<SentenceArray> arrays_;
  Index layers_, width_;
  std::vector<Index> first_{0};  // row of each sentence's first token, and the end
};

}  // namespace

std::shared_ptr<const ActivationReader> open_neurox_hdf5(const std::filesystem::path& path) {
  h5::Lock lock;
  const h5::File file = h5::open_file(path);
  const auto index = h5::read_strings(file, h5::open_dataset(file, file.id, "sentence_to_index"));
  if (index.size() != 1)
    throw input_error("{}: sentence_to_index has {} elements, not 1", path.string(), index.size());
  const auto entries = parse_sentence_index(index[0], path.string());

  std::vector<SentenceArray> arrays;
  std::vector<std::vector<std::string>> tokens;
  std::int64_t layers = -1, width = -1;
  for (const auto& [text, name] : entries) {
    if (!h5::exists(file.id, name))
      throw input_error("{}: sentence '{}' has no array '{}'", path.string(), text, name);
    const h5::Handle dataset = h5::open_dataset(file, file.id, name);
    auto sizes = h5::dims(file, dataset);
    if (sizes.size() == 2) sizes.insert(sizes.begin(), 1);  // one layer
    if (sizes.size() != 3)
      throw input_error("{}: array '{}' has {} dimensions, not 3 (layers, words, width)", path.string(), name,
                        sizes.size());
    const auto l = static_cast<std::int64_t>(sizes[0]), w = static_cast<std::int64_t>(sizes[2]);
    if (layers < 0) layers = l, width = w;
    if (l != layers || w != width)
      throw input_error("{}: array '{}' is of {} layers x {} neurons, the first of {} x {}", path.string(),
                        name, l, w, layers, width);
    const h5::Handle type(H5Dget_type(dataset), H5Tclose), creation(H5Dget_create_plist(dataset), H5Pclose);
    SentenceArray array{name, -1, static_cast<std::int64_t>(sizes[1]), h5::is_half(type)};
    if (H5Pget_layout(creation) == H5D_CONTIGUOUS && (array.half || H5Tequal(type, H5T_IEEE_F32LE) > 0)) {
      const haddr_t at = H5Dget_offset(dataset);
      if (at != HADDR_UNDEF) array.offset = static_cast<std::int64_t>(at);
    }
    tokens.push_back(split_tokens(text));
    if (static_cast<std::int64_t>(tokens.back().size()) != array.tokens)
      throw input_error("{}: sentence '{}' has {} words in its text but {} rows", path.string(), name,
                        tokens.back().size(), array.tokens);
    arrays.push_back(std::move(array));
  }
  if (arrays.empty()) throw input_error("{}: no sentences", path.string());
  auto X = std::make_shared<SentenceRows>(path, std::move(arrays), layers, width);
  return make_reader(path, std::move(tokens), std::move(X), layer_axis(layers, width));
}

std::shared_ptr<const ActivationReader> open_neurox_json(const std::filesystem::path& path) {
  Spool spool({}, path);
  NeuroxJson json(path);
  std::vector<std::vector<std::string>> tokens;
  std::int64_t rows = 0;
  while (json.next()) {
    tokens.push_back(json.tokens);
    spool.append(json.values.data(), json.values.size() * sizeof(float));
    rows += static_cast<std::int64_t>(json.tokens.size());
  }
  if (rows == 0) throw input_error("{}: no sentences", path.string());
  const MatrixLayout layout{rows, json.layers * json.width, 0, 0, 0, false};
  auto X = plain_matrix(std::make_shared<ReadOnlyFile>(spool.release(), path), layout);
  return make_reader(path, std::move(tokens), std::move(X), layer_axis(json.layers, json.width));
}

}  // namespace neurox::io
