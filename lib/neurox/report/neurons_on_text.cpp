#include "neurox/report/neurons_on_text.h"

#include <algorithm>
#include <map>
#include <string>

#include "neurox/core/neurons.h"
#include "neurox/report/sentence_context.h"

namespace neurox {
namespace {

/// The columns of obs that contexts need; a foreign file may lack any of them.
struct Rows {
  io::Categorical token;
  std::vector<std::int32_t> sentence, begin, end, word;
  std::vector<std::uint8_t> skip;
  bool sentences = false;  ///< a row is a whole sentence, or a pair
};

std::vector<std::int32_t> whole_numbers(const io::ActivationReader& file, const char* name) {
  std::vector<std::int32_t> out;
  if (file.obs().find(name) == nullptr) return out;
  for (const double v : file.obs().numbers(name, file.name())) out.push_back(static_cast<std::int32_t>(v));
  return out;
}

Rows rows_of(const io::ActivationReader& file) {
  const auto n = static_cast<std::size_t>(file.rows());
  Rows out;
  out.sentence = whole_numbers(file, "sentence");
  out.begin = whole_numbers(file, "char_begin");
  out.end = whole_numbers(file, "char_end");
  if (out.sentence.size() != n) {
    // Rows without sentences stand each for itself.
    out.sentence.resize(n);
    for (std::size_t i = 0; i < n; ++i) out.sentence[i] = static_cast<std::int32_t>(i);
  }
  if (out.begin.size() != n || out.end.size() != n) out.begin.assign(n, -1), out.end.assign(n, -1);
  if (file.obs().find("token") != nullptr)
    out.token = file.obs().categories("token", file.name());
  else
    out.token.codes.assign(n, -1);
  const io::Tree& settings = file.provenance().settings;
  const auto unit = settings.find("unit");
  out.sentences = unit != settings.end() && unit->is_string() && unit->get<std::string>() == "sentence";
  out.word = out.sentences ? std::vector<std::int32_t>(n, -1) : out.token.codes;
  out.skip.assign(n, 0);
  if (file.obs().find("status") != nullptr) {
    const std::vector<std::string> status = file.obs().strings("status", file.name());
    for (std::size_t i = 0; i < n; ++i)
      out.skip[i] =
          status[i] == "special" || status[i] == "dropped" || (status[i] == "truncated" && !out.sentences)
              ? 1
              : 0;
  }
  return out;
}

/// Values of the sentences that are shown, read together.
class ShownRows {
 public:
  ShownRows(const io::ActivationReader& file, const std::vector<std::int64_t>& columns, const Rows& rows,
            const std::vector<NeuronContexts>& contexts) {
    std::vector<std::int64_t> wanted;
    for (const NeuronContexts& c : contexts)
      for (const auto* list : {&c.top, &c.bottom, &c.random})
        for (const RowValue& r : *list) add_sentence(rows, r.row, wanted);
    std::sort(wanted.begin(), wanted.end());
    wanted.erase(std::unique(wanted.begin(), wanted.end()), wanted.end());
    for (std::size_t i = 0; i < wanted.size(); ++i) at_[wanted[i]] = static_cast<Index>(i);
    values_ = MatrixF(static_cast<Index>(wanted.size()), static_cast<Index>(columns.size()));
    if (!wanted.empty()) file.select_rows(wanted, columns)->read(0, values_);
  }

  /// Rows of the sentence that holds `row`, without those that are skipped.
  static std::vector<std::int64_t> sentence_of(const Rows& rows, std::int64_t row) {
    const auto n = static_cast<std::int64_t>(rows.sentence.size());
    const std::int32_t s = rows.sentence[static_cast<std::size_t>(row)];
    std::int64_t first = row, last = row + 1;
    while (first > 0 && rows.sentence[static_cast<std::size_t>(first - 1)] == s) --first;
    while (last < n && rows.sentence[static_cast<std::size_t>(last)] == s) ++last;
    std::vector<std::int64_t> out;
    for (std::int64_t r = first; r < last; ++r)
      if (rows.skip[static_cast<std::size_t>(r)] == 0) out.push_back(r);
    return out;
  }

  float value(std::int64_t row, std::size_t column) const {
    return values_(at_.at(row), static_cast<Index>(column));
  }

 private:
  static void add_sentence(const Rows& rows, std::int64_t row, std::vector<std::int64_t>& wanted) {
    for (const std::int64_t r : sentence_of(rows, row)) wanted.push_back(r);
  }
  std::map<std::int64_t, Index> at_;
  MatrixF values_;
};

std::vector<Context> contexts_of(const io::ActivationReader& file, const Rows& rows, const ShownRows& shown,
                                 std::size_t column, const std::vector<RowValue>& chosen,
                                 std::size_t most_tokens) {
  std::vector<Context> out;
  for (const RowValue& c : chosen) {
    std::vector<TokenPlace> places;
    std::vector<float> values;
    std::size_t focus = 0;
    for (const std::int64_t r : ShownRows::sentence_of(rows, c.row)) {
      const auto i = static_cast<std::size_t>(r);
      if (r == c.row) focus = places.size();
      const std::int32_t code = rows.token.codes[i];
      places.push_back({rows.begin[i], rows.end[i],
                        code >= 0 ? std::string_view(rows.token.categories[static_cast<std::size_t>(code)])
                                  : std::string_view("·")});
      values.push_back(shown.value(r, column));
    }
    const std::int32_t s = rows.sentence[static_cast<std::size_t>(c.row)];
    const bool known = s >= 0 && static_cast<std::size_t>(s) < file.sentences().size();
    out.push_back(sentence_context(
        known ? std::string_view(file.sentences()[static_cast<std::size_t>(s)]) : std::string_view(), places,
        values, focus, most_tokens));
    // A row of a pair is of both its texts.
    if (known && rows.sentences && static_cast<std::size_t>(s) < file.second_sentences().size())
      out.back().pieces.push_back(
          {" | " + file.second_sentences()[static_cast<std::size_t>(s)], 0, false, false});
    out.back().row = c.row;
    out.back().sentence = s;
  }
  return out;
}

std::vector<WordScore> words_of(const std::vector<TypeScore>& types, const io::Categorical& token) {
  std::vector<WordScore> out;
  for (const TypeScore& t : types)
    out.push_back({token.categories[static_cast<std::size_t>(t.word)], t.count, t.mean, t.z});
  return out;
}

}  // namespace

std::vector<NeuronFindings> neurons_on_text(const io::ActivationReader& file,
                                            const std::vector<std::int64_t>& columns,
                                            const TextOptions& options) {
  const Rows rows = rows_of(file);
  const std::unique_ptr<RowSource> X = file.columns(columns);
  const NeuronAxis axis = select(file.neurons(), columns);
  io::check_finite(*X, axis, file.name());
  const std::vector<NeuronContexts> contexts =
      collect_contexts(*X, {rows.sentence, rows.word, rows.skip}, options.contexts);
  const ShownRows shown(file, columns, rows, contexts);
  std::vector<NeuronFindings> out;
  for (std::size_t j = 0; j < columns.size(); ++j) {
    const NeuronContexts& c = contexts[j];
    NeuronFindings n;
    n.address = axis.address(j), n.site = axis.site(j), n.block = axis.block(j);
    n.rows = c.rows;
    n.statistics.mean = c.mean, n.statistics.variance = c.variance, n.statistics.min = c.min,
    n.statistics.max = c.max;
    n.histogram = c.histogram;
    n.high_words = words_of(c.high_words, rows.token);
    n.low_words = words_of(c.low_words, rows.token);
    n.top = contexts_of(file, rows, shown, j, c.top, options.context_tokens);
    n.random = contexts_of(file, rows, shown, j, c.random, options.context_tokens);
    n.bottom = contexts_of(file, rows, shown, j, c.bottom, options.context_tokens);
    out.push_back(std::move(n));
  }
  return out;
}

}  // namespace neurox
