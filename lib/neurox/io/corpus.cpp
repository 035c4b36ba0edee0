#include "neurox/io/corpus.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "neurox/core/error.h"
#include "neurox/core/hash.h"
#include "neurox/core/nearest.h"
#include "neurox/io/corpus_base.h"
#include "neurox/io/spool.h"
#include "neurox/text/utf8.h"

namespace neurox::io {
namespace {

bool is_space(char32_t c) {
  return (c >= 0x09 && c <= 0x0D) || (c >= 0x1C && c <= 0x20) || c == 0x85 || c == 0xA0 || c == 0x1680 ||
         (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F ||
         c == 0x3000;
}

/// The standard input, kept in a file without a name so that it can be read twice.
CorpusSource standard_input() {
  Spool spool({}, "standard input");
  std::vector<char> block(1 << 18);
  for (;;) {
    const ssize_t n = ::read(STDIN_FILENO, block.data(), block.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw input_error("standard input: cannot be read: {}", std::strerror(errno));
    if (n == 0) break;
    spool.append(block.data(), static_cast<std::size_t>(n));
  }
  const int fd = spool.release();
  ::lseek(fd, 0, SEEK_SET);
  const std::string path = "/dev/fd/" + std::to_string(fd);
  return {"standard input", std::make_unique<LineReader>(fd, "standard input"), path};
}

std::string format_of(const std::string& path) {
  std::filesystem::path name(path);
  if (name.extension() == ".gz") name = name.stem();
  const std::string extension = name.extension().string();
  if (extension == ".conllu") return "conllu";
  if (extension == ".word" || extension == ".in") return "words";
  if (extension == ".json") return "squad";
  if (extension == ".conll" || extension == ".bio") return "columns";
  if (extension == ".mrg" || extension == ".ptb" || extension == ".trees") return "trees";
  if (extension == ".jsonl") return "pairs";
  if (extension == ".csv" || extension == ".tsv") return extension.substr(1);
  return "text";
}

}  // namespace

const std::vector<std::string>& corpus_formats() {
  static const std::vector<std::string> formats{"text",  "conllu",  "words", "csv",     "tsv",
                                                "squad", "columns", "trees", "concept", "pairs"};
  return formats;
}

std::vector<Word> second_words(const Sentence& sentence) {
  std::vector<Word> words;
  constexpr std::string_view blanks = " \t\n\r\f\v";
  for (std::size_t at = 0; (at = sentence.second.find_first_not_of(blanks, at)) != std::string::npos;) {
    const std::size_t end = std::min(sentence.second.find_first_of(blanks, at), sentence.second.size());
    words.push_back({static_cast<std::uint32_t>(at), static_cast<std::uint32_t>(end)});
    at = end;
  }
  return words;
}

std::vector<Word> split_words(std::string_view text) {
  std::vector<Word> words;
  std::size_t begin = 0;
  const auto end_word = [&](std::size_t end) {
    if (end > begin) words.push_back({static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end)});
  };
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t from = at;
    const auto byte = static_cast<unsigned char>(text[at]);
    const char32_t c = byte < 0x80 ? (++at, byte) : text::next_code_point(text, at);
    if (!is_space(c)) continue;
    end_word(from);
    begin = at;
  }
  end_word(text.size());
  return words;
}

std::unique_ptr<CorpusReader> CorpusReader::open(const std::string& path, const CorpusOptions& options) {
  if (!options.label_tables.empty()) {
    CorpusOptions plain = options;
    plain.label_tables.clear();
    return with_labels(open(path, plain), options.label_tables);
  }
  const std::vector<std::string>& formats = corpus_formats();
  const std::string format = !options.format.empty() ? options.format
                             : path == "-"           ? "text"
                                                     : format_of(path);
  if (std::find(formats.begin(), formats.end(), format) == formats.end())
    throw usage_error("'{}' is no format of a corpus{}; there are {}", format, did_you_mean(format, formats),
                      fmt::join(formats, ", "));
  CorpusSource source =
      path == "-" ? standard_input() : CorpusSource{path, std::make_unique<LineReader>(path), path};
  if (format == "conllu") return open_conllu(std::move(source), options);
  if (format == "words") return open_words(std::move(source), options);
  if (format == "csv") return open_separated(std::move(source), options, ',');
  if (format == "tsv") return open_separated(std::move(source), options, '\t');
  if (format == "squad") return open_questions(std::move(source), options);
  if (format == "columns") return open_columns(std::move(source), options);
  if (format == "trees") return open_trees(std::move(source), options);
  if (format == "concept") return open_concept(std::move(source), options);
  if (format == "pairs") return open_pairs(std::move(source), options);
  return open_text(std::move(source), options);
}

std::string Sentence::where(const std::string& file) const {
  return id.empty() ? fmt::format("{}:{}", file, line) : fmt::format("{}: question {}", file, id);
}

CorpusBase::CorpusBase(CorpusSource source, const CorpusOptions& options)
    : source_(std::move(source)), limit_(options.limit) {
  for (const auto& [set, path] : options.label_files) add_label_file(set, path);
}

void CorpusBase::add_label_file(const std::string& set, const std::string& path) {
  label_files_.push_back({set, std::make_unique<LineReader>(path)});
  word_sets_.push_back(set);
}

void CorpusBase::set_label_sets(std::vector<std::string> word_sets, std::vector<std::string> sentence_sets) {
  for (const LabelFile& file : label_files_) {
    if (std::find(word_sets.begin(), word_sets.end(), file.set) != word_sets.end())
      throw usage_error("{}: the corpus has labels '{}' already; give these another name", file.lines->name(),
                        file.set);
    word_sets.push_back(file.set);
  }
  word_sets_ = std::move(word_sets);
  sentence_sets_ = std::move(sentence_sets);
}

std::string CorpusBase::sha256() const {
  return sha256_file(source_.hash_path);
}

void CorpusBase::rewind() {
  source_.lines->rewind();
  for (LabelFile& file : label_files_) file.lines->rewind();
  count_ = skipped_ = 0;
  restart();
}

void CorpusBase::skip() {
  ++skipped_;
  std::string line;
  for (LabelFile& file : label_files_)
    if (file.lines->next(line) && !split_words(line).empty())
      throw input_error("{}: labels, but line {} of {} is empty", file.lines->where(),
                        source_.lines->number(), source_.name);
}

void CorpusBase::add_labels(LabelFile& file, Sentence& sentence) {
  std::string line;
  if (!file.lines->next(line))
    throw input_error("{}: ends after {} lines, but {} goes on at line {}", file.lines->name(),
                      file.lines->number(), source_.name, sentence.line);
  const std::vector<Word> labels = split_words(line);
  if (labels.size() != sentence.words.size())
    throw input_error("{}: {} labels but {} words in line {} of {}", file.lines->where(), labels.size(),
                      sentence.words.size(), sentence.line, source_.name);
  auto& column = sentence.word_labels.emplace_back();
  for (const Word& label : labels) column.push_back(line.substr(label.begin, label.end - label.begin));
}

void CorpusBase::finish() {
  if (count_ == 0) throw input_error("{}: no sentences", source_.name);
  std::string line;
  for (LabelFile& file : label_files_)
    while (file.lines->next(line))
      if (!split_words(line).empty())
        throw input_error("{}: labels, but {} has ended", file.lines->where(), source_.name);
}

std::optional<Sentence> CorpusBase::next() {
  if (limit_ >= 0 && count_ >= limit_) return std::nullopt;
  Sentence sentence;
  if (!read(sentence)) {
    finish();
    return std::nullopt;
  }
  for (LabelFile& file : label_files_) add_labels(file, sentence);
  ++count_;
  return sentence;
}

}  // namespace neurox::io
