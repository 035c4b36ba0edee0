#pragma once

#include <cmath>
#include <filesystem>
#include <random>

#include "neurox/io/activation_writer.h"

/// A small activation file: two sites side by side, sentences of ten words.
namespace neurox::io {

inline NeuronAxis small_axis(Index columns) {
  SiteColumns a, b;
  a.site = "blocks.0.hook_resid_post";
  a.block = 0;
  a.width = static_cast<int>(columns / 2);
  b.site = "blocks.1.hook_resid_post";
  b.block = 1;
  b.width = static_cast<int>(columns - columns / 2);
  return all_neurons({a, b});
}

/// Numbers from a fixed stream, with some exact zeros.
inline MatrixF small_values(Index rows, Index columns) {
  std::mt19937 draw(7);
  MatrixF X(rows, columns);
  for (Index i = 0; i < X.size(); ++i) {
    const auto u = static_cast<float>(draw() >> 8) / 16777216.0F;
    X.data()[i] = u < 0.05F ? 0.0F : 4.0F * u - 1.0F;
  }
  return X;
}

struct SmallOptions {
  bool half = false;
  Index step = 300;      ///< rows handed over at once
  int commit_every = 0;  ///< steps; 0: never
  bool force = false, resume = false;
  int dropped_row = -1;
};

inline ActivationWriterOptions small_options(const SmallOptions& how) {
  ActivationWriterOptions options;
  options.half = how.half;
  options.resume = how.resume;
  options.output.force = how.force;
  options.label_sets = {"upos"};
  options.provenance.kind = "activations";
  options.provenance.model = "tiny";
  options.provenance.model_sha256 = "0123456789abcdef";
  options.provenance.settings = {{"unit", "word"}, {"layers", {0, 1}}};
  return options;
}

inline void write_obs(ActivationWriter& out, Index rows, int dropped_row) {
  for (Index s = 0; s * 10 < rows; ++s) out.add_sentence("sentence " + std::to_string(s));
  TokenRows block;
  block.labels.resize(1);
  for (Index i = 0; i < rows; ++i) {
    const auto position = static_cast<std::int32_t>(i % 10);
    block.token.push_back("w" + std::to_string(position));
    block.sentence.push_back(static_cast<std::int32_t>(i / 10));
    block.position.push_back(position);
    block.char_begin.push_back(position);
    block.char_end.push_back(position + 1);
    block.pieces.push_back(1);
    block.status.push_back(i == dropped_row ? TokenStatus::Dropped : TokenStatus::Ok);
    block.labels[0].push_back(position == 7 ? "NOUN" : position == 8 ? "" : "X");
  }
  out.add_rows(block);
}

/// The whole of it, as a command would: goes on where a killed run stopped.
inline void write_small(const std::filesystem::path& target, const MatrixF& X, const SmallOptions& how) {
  ActivationWriter out(target, small_axis(X.cols()), small_options(how));
  if (out.complete()) return;
  if (!out.resume_point()) {
    write_obs(out, X.rows(), how.dropped_row);
    out.seal();
  }
  int steps = 0;
  for (Index first = out.rows_written(); first < X.rows(); first = out.rows_written()) {
    out.write_rows(first, X.middleRows(first, std::min(how.step, X.rows() - first)));
    if (how.commit_every > 0 && ++steps % how.commit_every == 0) out.commit({{"next", out.rows_written()}});
  }
  out.finish();
}

}  // namespace neurox::io
