#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <unordered_map>
#include <unordered_set>

#include "neurox/core/error.h"
#include "neurox/io/hdf5_values.h"
#include "neurox/io/neurox_files.h"
#include "neurox/io/output.h"

namespace neurox::io {
namespace {

struct Shape {
  Index layers, width;
};

/// Layers of one width, each with all its neurons in order: what NeuroX can say.
Shape layer_shape(const ActivationReader& activations) {
  const NeuronAxis& axis = activations.neurons();
  const std::string& name = activations.name();
  std::vector<Index> widths;
  for (std::size_t i = 0; i < axis.size(); ++i) {
    if (axis.neurons[i].index == 0) widths.push_back(0);
    const bool follows =
        !widths.empty() && axis.neurons[i].index == widths.back() &&
        (i == 0 || axis.neurons[i].index == 0 || axis.neurons[i].site == axis.neurons[i - 1].site);
    if (!follows)
      throw input_error("{}: {} is out of order; NeuroX's format has whole layers only", name,
                        axis.address(i));
    ++widths.back();
  }
  for (std::size_t k = 0; k < widths.size(); ++k)
    if (widths[k] != widths[0])
      throw input_error("{}: layers of {} and {} neurons; NeuroX's format has layers of one width", name,
                        widths[0], widths[k]);
  return {static_cast<Index>(widths.size()), widths[0]};
}

/// Calls `f(sentence number from 0, its tokens, its rows of X)` for every run of rows of one sentence.
template <class F>
void for_each_sentence(const ActivationReader& activations, F&& f) {
  const Table& obs = activations.obs();
  const std::vector<std::string> tokens = obs.strings("token", activations.name());
  const std::vector<double> sentence = obs.numbers("sentence", activations.name());
  std::int64_t number = 0;
  for (std::size_t begin = 0, end = 0; begin < tokens.size(); begin = end, ++number) {
    while (end < tokens.size() && sentence[end] == sentence[begin]) ++end;
    MatrixF X(static_cast<Index>(end - begin), activations.cols());
    activations.read(static_cast<Index>(begin), X);
    f(number, std::span(tokens).subspan(begin, end - begin), X);
  }
}

std::string json_text(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', true);
}

/// As Python prints round(x, 8).
std::string rounded(float x) {
  char text[64];
  std::snprintf(text, sizeof text, "%.8f", static_cast<double>(x));
  std::string out = fmt::format("{}", std::strtod(text, nullptr));
  if (out.find_first_not_of("-0123456789") == std::string::npos) out += ".0";
  if (out == "nan" || out == "-nan") return "NaN";
  return out == "inf" ? "Infinity" : out == "-inf" ? "-Infinity" : out;
}

}  // namespace

void write_neurox_hdf5(const std::filesystem::path& target, const ActivationReader& activations,
                       const WriteOptions& options) {
  OutputFile out(target, options);
  const Shape shape = layer_shape(activations);
  {
    h5::Lock lock;
    const h5::File file = h5::create_file(out.partial(), target);
    std::string index = "{";
    std::unordered_set<std::string> texts;
    std::unordered_map<std::string, int> occurrences;
    std::vector<float> values;
    for_each_sentence(activations, [&](std::int64_t number, std::span<const std::string> tokens,
                                       const MatrixF& X) {
      values.clear();
      for (Index layer = 0; layer < shape.layers; ++layer)
        for (Index i = 0; i < X.rows(); ++i) {
          const float* row = X.row(i).data() + layer * shape.width;
          values.insert(values.end(), row, row + shape.width);
        }
      const std::string name = std::to_string(number);
      const h5::Handle dataset =
          h5::make_dataset(file, file.id, name, H5T_IEEE_F32LE,
                           {static_cast<hsize_t>(shape.layers), static_cast<hsize_t>(X.rows()),
                            static_cast<hsize_t>(shape.width)});
      file.check(H5Dwrite(dataset, H5T_NATIVE_FLOAT, h5::whole, h5::whole, H5P_DEFAULT, values.data()), name);

      const std::string plain = fmt::format("{}", fmt::join(tokens, " "));
      std::string text = plain;
      int& count = occurrences[plain];  // where the search for a free text can begin
      for (count = std::max(count, 1); texts.contains(text);)
        text = fmt::format("{} (Occurrence {})", plain, ++count);
      texts.insert(text);
      index += (number == 0 ? "" : ", ") + json_text(text) + ": " + json_text(name);
    });
    index += '}';
    const h5::Handle dataset = h5::make_dataset(file, file.id, "sentence_to_index", h5::string_type(), {1});
    h5::write_strings(file, dataset, 0, std::span(&index, 1));
    file.check(H5Fflush(file.id, H5F_SCOPE_LOCAL), "cannot be written");
  }
  out.commit();
}

void write_neurox_json(const std::filesystem::path& target, const ActivationReader& activations,
                       const WriteOptions& options) {
  OutputFile out(target, options);
  const Shape shape = layer_shape(activations);
  std::string line;
  for_each_sentence(
      activations, [&](std::int64_t number, std::span<const std::string> tokens, const MatrixF& X) {
        line = fmt::format("{{\"linex_index\": {}, \"features\": [", number);
        for (Index i = 0; i < X.rows(); ++i) {
          line += fmt::format("{}{{\"token\": {}, \"layers\": [", i == 0 ? "" : ", ",
                              json_text(tokens[static_cast<std::size_t>(i)]));
          for (Index layer = 0; layer < shape.layers; ++layer) {
            line += fmt::format("{}{{\"index\": {}, \"values\": [", layer == 0 ? "" : ", ", layer);
            for (Index j = 0; j < shape.width; ++j) {
              if (j > 0) line += ", ";
              line += rounded(X(i, layer * shape.width + j));
            }
            line += "]}";
          }
          line += "]}";
        }
        line += "]}\n";
        out.write(line);
      });
  out.commit();
}

}  // namespace neurox::io
