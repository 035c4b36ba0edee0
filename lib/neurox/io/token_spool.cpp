#include "neurox/io/token_spool.h"

#include <algorithm>
#include <array>
#include <set>

#include "neurox/core/error.h"
#include "neurox/io/anndata_parts.h"
#include "neurox/io/hdf5_values.h"

namespace neurox::io {
namespace {

// The columns of a record, in its order; `token`, `status` and the label sets are categories.
constexpr std::array fixed_columns = {"token",  "sentence", "position", "char_begin", "char_end",
                                      "pieces", "window",   "sequence", "status"};
constexpr std::size_t token_at = 0, status_at = 8;
constexpr std::int64_t block_rows = 16384;

}  // namespace

std::int32_t Dictionary::code(const std::string& text) {
  if (text.empty()) return -1;
  return codes_.try_emplace(text, static_cast<std::int32_t>(codes_.size())).first->second;
}

std::pair<std::vector<std::string>, std::vector<std::int32_t>> Dictionary::sorted() const {
  std::vector<const std::pair<const std::string, std::int32_t>*> order;
  order.reserve(codes_.size());
  for (const auto& entry : codes_) order.push_back(&entry);
  std::sort(order.begin(), order.end(), [](const auto* a, const auto* b) { return a->first < b->first; });
  std::pair<std::vector<std::string>, std::vector<std::int32_t>> out;
  out.second.resize(order.size());
  for (std::size_t i = 0; i < order.size(); ++i) {
    out.first.push_back(order[i]->first);
    out.second[static_cast<std::size_t>(order[i]->second)] = static_cast<std::int32_t>(i);
  }
  return out;
}

const std::vector<std::string>& status_names() {
  static const std::vector<std::string> names = {"ok", "special", "unk", "truncated", "dropped"};
  return names;
}

TokenSpool::TokenSpool(const std::filesystem::path& target, std::vector<std::string> label_sets)
    : label_sets_(std::move(label_sets)),
      dictionaries_(1 + label_sets_.size()),
      numbers_(target, target),
      texts_(target, target),
      seconds_(target, target) {
  std::set<std::string> taken(fixed_columns.begin(), fixed_columns.end());
  for (const std::string& set : label_sets_)
    if (!taken.insert(set).second)
      throw input_error("{}: labels cannot be called '{}', another column of the file is; rename them",
                        target.string(), set);
}

void TokenSpool::add_sentence(std::string_view text, std::string_view second) {
  const auto put = [](Spool& spool, std::string_view bytes) {
    const auto size = static_cast<std::uint32_t>(bytes.size());
    spool.append(&size, sizeof size);
    spool.append(bytes.data(), bytes.size());
  };
  put(texts_, text);
  put(seconds_, second);
  pairs_ = pairs_ || !second.empty();
  ++sentences_;
}

void TokenSpool::add_rows(const TokenRows& rows) {
  const std::size_t n = rows.token.size();
  for (const auto* column : {&rows.sentence, &rows.position, &rows.char_begin, &rows.char_end, &rows.pieces})
    if (column->size() != n) throw usage_error("rows of obs: columns of {} and {} values", n, column->size());
  for (const auto* column : {&rows.window, &rows.sequence})
    if (!column->empty() && column->size() != n)
      throw usage_error("rows of obs: columns of {} and {} values", n, column->size());
  if (rows.status.size() != n) throw usage_error("rows of obs: {} tokens, {} status", n, rows.status.size());
  if (rows.labels.size() != label_sets_.size())
    throw usage_error("rows of obs: {} label sets, not {}", rows.labels.size(), label_sets_.size());
  for (const auto& labels : rows.labels)
    if (labels.size() != n) throw usage_error("rows of obs: {} tokens, {} labels", n, labels.size());

  std::vector<std::int32_t> record;
  for (std::size_t i = 0; i < n; ++i) {
    record.assign({dictionaries_[0].code(rows.token[i]), rows.sentence[i], rows.position[i],
                   rows.char_begin[i], rows.char_end[i], rows.pieces[i],
                   rows.window.empty() ? 0 : rows.window[i], rows.sequence.empty() ? 0 : rows.sequence[i],
                   static_cast<std::int32_t>(rows.status[i])});
    for (std::size_t s = 0; s < label_sets_.size(); ++s)
      record.push_back(dictionaries_[1 + s].code(rows.labels[s][i]));
    numbers_.append(record.data(), record.size() * sizeof(std::int32_t));
  }
  rows_ += static_cast<std::int64_t>(n);
}

void TokenSpool::write_obs(const h5::File& file) {
  std::vector<std::string> names(fixed_columns.begin(), fixed_columns.end());
  names.insert(names.end(), label_sets_.begin(), label_sets_.end());
  const h5::Handle obs = h5::make_table(file, file.id, "obs", names);
  h5::put_row_numbers(file, obs, rows_);

  std::vector<h5::Handle> datasets;
  std::vector<std::vector<std::int32_t>> recode(names.size());
  for (std::size_t c = 0; c < names.size(); ++c) {
    if (c == token_at || c > status_at) {
      auto [categories, places] = dictionaries_[c == token_at ? 0 : c - status_at].sorted();
      recode[c] = std::move(places);
      datasets.push_back(h5::make_categorical(file, obs, names[c], categories, rows_));
    } else if (c == status_at) {
      datasets.push_back(h5::make_categorical(file, obs, names[c], status_names(), rows_));
    } else {
      datasets.push_back(h5::make_dataset(file, obs, names[c], H5T_STD_I32LE, {static_cast<hsize_t>(rows_)}));
      h5::mark(file, datasets.back(), "array", "0.2.0");
    }
  }

  std::vector<std::int32_t> records, column;
  for (std::int64_t first = 0; first < rows_; first += block_rows) {
    const auto n = static_cast<std::size_t>(std::min(block_rows, rows_ - first));
    records.resize(n * names.size());
    const std::size_t bytes = records.size() * sizeof(std::int32_t);
    numbers_.read(first * static_cast<std::int64_t>(names.size() * sizeof(std::int32_t)), records.data(),
                  bytes);
    column.resize(n);
    const hsize_t start = static_cast<hsize_t>(first), count = n;
    const h5::Handle memory(H5Screate_simple(1, &count, nullptr), H5Sclose);
    for (std::size_t c = 0; c < names.size(); ++c) {
      for (std::size_t i = 0; i < n; ++i) {
        const std::int32_t value = records[i * names.size() + c];
        column[i] = recode[c].empty() || value < 0 ? value : recode[c][static_cast<std::size_t>(value)];
      }
      const h5::Handle space = file.check(H5Dget_space(datasets[c]), H5Sclose, names[c]);
      H5Sselect_hyperslab(space, H5S_SELECT_SET, &start, nullptr, &count, nullptr);
      file.check(H5Dwrite(datasets[c], H5T_NATIVE_INT32, memory, space, H5P_DEFAULT, column.data()),
                 names[c]);
    }
  }
}

void TokenSpool::write_texts(const h5::File& file, hid_t uns, const std::string& name, Spool& texts) const {
  const h5::Handle dataset =
      h5::make_dataset(file, uns, name, h5::string_type(), {static_cast<hsize_t>(sentences_)});
  h5::mark(file, dataset, "string-array", "0.2.0");
  std::vector<std::string> block;
  std::int64_t at = 0;
  hsize_t first = 0;
  for (std::int64_t i = 0; i < sentences_; ++i) {
    std::uint32_t size = 0;
    texts.read(at, &size, sizeof size);
    std::string& text = block.emplace_back(size, '\0');
    texts.read(at + static_cast<std::int64_t>(sizeof size), text.data(), size);
    at += static_cast<std::int64_t>(sizeof size + size);
    if (block.size() < 4096 && i + 1 < sentences_) continue;
    h5::write_strings(file, dataset, first, block);
    first += block.size();
    block.clear();
  }
}

void TokenSpool::write(const h5::File& file, hid_t uns) {
  write_obs(file);
  write_texts(file, uns, "sentences", texts_);
  if (pairs_) write_texts(file, uns, "second_sentences", seconds_);
}

}  // namespace neurox::io
