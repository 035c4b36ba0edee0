#include "command_label.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>

#include "console.h"
#include "label_table.h"
#include "model_input.h"
#include "neurox/core/error.h"
#include "neurox/core/nearest.h"
#include "neurox/io/anndata.h"
#include "neurox/io/label_columns.h"
#include "neurox/io/label_file.h"
#include "neurox/label/sentence_labels.h"
#include "neurox/label/where.h"
#include "neurox/label/word_list.h"
#include "neurox/label/wordnet.h"
#include "neurox/text/json_reader.h"

namespace neurox::apps {
namespace {

/// `NAME=WHAT` of an option.
struct Named {
  std::string name, what;
};

Named named(const std::string& argument, const char* option) {
  const std::size_t equals = argument.find('=');
  if (equals == std::string::npos || equals == 0 || equals + 1 == argument.size())
    throw usage_error("{} '{}': NAME={} is expected", option, argument,
                      std::string(option) == "--where"    ? "CONDITION"
                      : std::string(option) == "--narrow" ? "SET"
                                                          : "...");
  return {argument.substr(0, equals), argument.substr(equals + 1)};
}

/// Without its folder: what a file says does not depend on where its inputs lay.
std::string file_name(const std::string& path) {
  return std::filesystem::path(path).filename().string();
}

/// Files that options name, for provenance and for the check of the output.
std::vector<std::string> files_named(const LabelCommandOptions& options) {
  std::vector<std::string> files = options.concepts;
  const auto add = [&](const std::vector<std::string>& arguments, const char* option) {
    for (const std::string& argument : arguments) files.push_back(named(argument, option).what);
  };
  add(options.word_lists, "--words");
  add(options.sentence_labels, "--sentence-labels");
  add(options.positive, "--positive");
  add(options.negative, "--negative");
  return files;
}

/// The rows to label, where they come from, and the label sets that text brings with it.
struct Input {
  label::Words words;
  io::Provenance provenance;
  std::vector<std::string> own_sets;
};

Input read_input(const LabelCommandOptions& options) {
  Input input;
  input.provenance = provenance_of("labels");
  const std::string& path = options.corpus.path;
  const io::FileKind kind = path == "-" ? io::FileKind::Other : io::file_kind(path);
  if (kind != io::FileKind::Other) {
    const auto file = io::ActivationReader::open(path);
    input.words = label::words_of(*file);
    const io::LabelColumns columns(*file,
                                   {options.corpus.label_files.begin(), options.corpus.label_files.end()});
    label::add_columns(input.words, columns);
    const io::Provenance& from = file->provenance();
    input.provenance.tokenizer_sha256 = from.tokenizer_sha256;
    input.provenance.settings["unit"] = from.settings.value("unit", std::string("word"));
    input.provenance.add_input(path);
    for (const std::string& labels : options.corpus.label_files) input.provenance.add_input(labels);
    return input;
  }
  const auto corpus = open_corpus(options.corpus);
  input.words =
      label::words_of(*corpus, options.unit == "sentence" ? label::Unit::Sentence : label::Unit::Word);
  if (options.unit == "word") input.own_sets = corpus->word_label_sets();
  input.own_sets.insert(input.own_sets.end(), corpus->sentence_label_sets().begin(),
                        corpus->sentence_label_sets().end());
  input.provenance.settings["unit"] = options.unit;
  add_corpus(input.provenance, *corpus);
  return input;
}

void add_sentence_sets(const LabelCommandOptions& options, const label::Words& words,
                       label::Columns& columns) {
  std::map<std::string, io::ConceptSentences> sets;
  std::map<std::string, std::string> sources;
  const auto read = [&](const std::vector<std::string>& arguments, const char* option, auto member) {
    for (const std::string& argument : arguments) {
      const Named set = named(argument, option);
      sets[set.name].*member = label::trimmed_lines(set.what, false);
      sources[set.name] += (sources[set.name].empty() ? "" : " and ") + file_name(set.what);
    }
  };
  read(options.positive, "--positive", &io::ConceptSentences::positive);
  read(options.negative, "--negative", &io::ConceptSentences::negative);
  for (const auto& [name, set] : sets)
    if (set.positive.empty() || set.negative.empty())
      throw usage_error("'{}' has no {} sentences; give --{} {}=FILE too", name,
                        set.positive.empty() ? "positive" : "negative",
                        set.positive.empty() ? "positive" : "negative", name);
  for (const std::string& path : options.concepts) {
    io::ConceptSentences set = io::parse_concept(text::read_file(path), path);
    const std::string name = set.name.empty() ? "concept" : set.name;
    sources[name] = file_name(path);
    sets[name] = std::move(set);
  }
  for (const auto& [name, set] : sets) columns.add(label::sentence_sets(words, name, set, sources[name]));
}

void add_comments(const LabelCommandOptions& options, const label::Words& words, label::Columns& columns) {
  for (const std::string& argument : options.comments) {
    const Named comment = named(argument, "--comment");
    const std::size_t tilde = comment.what.find('~');
    std::optional<label::Regex> pattern;
    if (tilde != std::string::npos) pattern.emplace(comment.what.substr(tilde + 1));
    columns.add(label::comment_labels(words, comment.name, comment.what.substr(0, tilde),
                                      pattern ? &*pattern : nullptr));
  }
}

/// Features asked for, or all that these words have; says which are not to be had.
void add_features(const LabelCommandOptions& options, const label::Words& words,
                  const label::FeatureOptions& settings, label::Columns& columns, Console& console) {
  for (const label::Feature& feature : label::features()) {
    const bool asked =
        std::find(options.features.begin(), options.features.end(), feature.name) != options.features.end();
    if (!asked && !options.all_features) continue;
    const std::string why = feature.missing(words, settings);
    if (why.empty()) {
      columns.add(feature.compute(words, settings));
    } else if (asked) {
      throw input_error("{}: no {}: {}", words.name, feature.name, why);
    } else {
      console.warn(fmt::format("no {}: {}", feature.name, why));
    }
  }
}

/// Sets made by this command, in the order: sentences, words, features, conditions (which may name them all).
void make_sets(const LabelCommandOptions& options, const label::Words& words, label::Columns& columns,
               Console& console) {
  const label::FeatureOptions settings{options.wordnet};
  const std::vector<bool> among = options.among.empty() ? std::vector<bool>() : columns.where(options.among);
  if (!among.empty() && std::find(among.begin(), among.end(), true) == among.end())
    throw input_error("{}: no row is left by --among '{}'", words.name, options.among);
  for (const std::string& argument : options.sentence_labels) {
    const Named set = named(argument, "--sentence-labels");
    columns.add(label::sentence_label_file(words, set.name, set.what));
  }
  add_comments(options, words, columns);
  add_sentence_sets(options, words, columns);
  const auto add_has = [&](const std::vector<std::string>& arguments, const char* option,
                           label::WhichText which) {
    for (const std::string& argument : arguments) {
      const Named set = named(argument, option);
      columns.add(label::text_has(words, set.name, label::Regex(set.what), which, among, argument));
    }
  };
  add_has(options.text_has, "--text-has", label::WhichText::First);
  add_has(options.second_has, "--second-has", label::WhichText::Second);
  if (options.overlap)
    for (label::LabelSet& set : label::pair_overlap(words)) columns.add(std::move(set));
  for (const std::string& argument : options.regexes) {
    const Named set = named(argument, "--regex");
    const std::vector<bool> found = label::found_in_each(label::Regex(set.what), words.text);
    columns.add(label::binary_set(words, set.name, found, among, "regular expression " + set.what));
  }
  for (const std::string& argument : options.word_lists) {
    const Named set = named(argument, "--words");
    const label::WordList list(set.what, options.ignore_case);
    std::vector<bool> has;
    for (const std::string& word : words.text) has.push_back(list.has(word));
    columns.add(label::binary_set(words, set.name, has, among, "word list " + file_name(set.what)));
  }
  add_features(options, words, settings, columns, console);
  for (const std::string& argument : options.conditions) {
    const Named set = named(argument, "--where");
    columns.add(columns.concept_where(set.name, set.what, among));
  }
  if (!options.narrowed.empty() && among.empty())
    throw usage_error("--narrow keeps the labels of the rows of --among CONDITION; give that too");
  for (const std::string& argument : options.narrowed) {
    const Named set = named(argument, "--narrow");
    columns.add(columns.narrowed(set.name, set.what, among));
  }
}

/// The label sets of the text that go into the file: all, or those of --keep.
std::vector<std::string> kept_sets(const Input& input, const LabelCommandOptions& options) {
  if (options.keep.empty()) return input.own_sets;
  std::vector<std::string> names;
  for (const io::Column& column : input.words.obs.columns) names.push_back(column.name);
  for (const std::string& name : options.keep)
    if (std::find(names.begin(), names.end(), name) == names.end())
      throw input_error("{}: no labels '{}' to keep{}", input.words.name, name, did_you_mean(name, names));
  return options.keep;
}

}  // namespace

void declare_label(CLI::App& app, LabelCommandOptions& options) {
  app.add_option("INPUT", options.corpus.path,
                 "Activations, or text as extract takes it (.conllu, .conll, .mrg, .csv, ...); - for stdin")
      ->required()
      ->type_name("");
  declare_output(app, options.output, "Label file to write (.h5ad)");
  const auto each = [&](const char* name, std::vector<std::string>& values, const char* what) {
    return app.add_option(name, values, what)
        ->allow_extra_args(false)
        ->group("Labels")
        ->type_name("NAME=...");
  };
  each("--regex", options.regexes, "Words in which a regular expression (ICU) is found: NAME=PATTERN");
  each("--words", options.word_lists, "Words of a list, one a line: NAME=FILE");
  app.add_flag("--ignore-case", options.ignore_case, "Word lists without regard to case")->group("Labels");
  each("--where", options.conditions,
       "Words for which a condition on other columns holds: NAME='upos=NOUN and not (feats.Number=Plur or "
       "length>5)'");
  app.add_option("--among", options.among,
                 "Concepts are told from other words of this condition alone; further words have no label")
      ->group("Labels")
      ->type_name("CONDITION");
  each("--narrow", options.narrowed,
       "The labels of another set for the rows of --among alone: NAME=SET, e.g. inner=upos");
  app.add_flag("--auto", options.all_features, "Everything that the text itself tells (see --feature)")
      ->group("Labels");
  std::vector<std::string> names;
  for (const label::Feature& feature : label::features()) names.push_back(feature.name);
  app.add_option("--feature", options.features, "What the text itself tells, one by one")
      ->delimiter(',')
      ->check(CLI::IsMember(names))
      ->group("Labels")
      ->type_name("NAMES");
  app.add_option("--wordnet", options.wordnet, "Folder of WordNet's dictionary, for supersense")
      ->capture_default_str()
      ->group("Labels")
      ->type_name("FOLDER");
  each("--sentence-labels", options.sentence_labels, "A class for each sentence, one a line: NAME=FILE");
  each("--comment", options.comments,
       "A comment of CoNLL-U, or what a regular expression finds in it: NAME=KEY or NAME=KEY~PATTERN");
  each("--positive", options.positive, "Sentences with a concept, one a line: NAME=FILE; with --negative");
  each("--negative", options.negative, "Sentences without it: NAME=FILE");
  app.add_option("--concept", options.concepts,
                 "Positive and negative sentences in one JSON file, as ml-selfcond has them")
      ->allow_extra_args(false)
      ->group("Labels")
      ->type_name("FILE");
  each("--text-has", options.text_has,
       "Sentences in which a regular expression is found (of pairs: in the first text): NAME=PATTERN");
  each("--second-has", options.second_has, "Pairs in whose second text one is found: NAME=PATTERN");
  app.add_flag("--overlap", options.overlap, "Of pairs: the share of words that both texts have")
      ->group("Labels");
  app.add_option("--keep", options.keep,
                 "Label sets of the input to copy (default: all of a text, none of an activation file)")
      ->delimiter(',')
      ->group("Labels")
      ->type_name("NAMES");
  app.add_option("--unit", options.unit, "Rows made of a text: word or sentence")
      ->check(CLI::IsMember({"word", "sentence"}))
      ->capture_default_str()
      ->group("Corpus")
      ->type_name("UNIT");
  declare_corpus_options(app, options.corpus);
  declare_common(app, options.common);
  app.footer(
      "Writes labels for the rows of activations to a file of their own; `probe` and `rank` take it with "
      "--labels.");
}

void run_label(const LabelCommandOptions& options) {
  Console console(options.common);
  const std::vector<std::string> files = files_named(options);
  io::WriteOptions writing{options.output.force, {files.begin(), files.end()}};
  if (options.corpus.path != "-") writing.inputs.emplace_back(options.corpus.path);
  io::check_output(options.output.path, writing);
  const Input input = read_input(options);
  label::Columns columns(input.words, {options.wordnet});
  make_sets(options, input.words, columns, console);

  io::LabelFile out;
  out.provenance = input.provenance;
  for (const std::string& file : files) out.provenance.add_input(file);
  const std::vector<std::string> kept = kept_sets(input, options);
  if (kept.empty() && columns.sets().empty())
    throw usage_error("no labels asked for; give --regex, --words, --where, --auto or another source");
  for (const char* key : {"token", "sentence", "position", "sequence"})
    if (const io::Column* column = input.words.obs.find(key)) out.obs.add(key, column->data);
  for (const std::string& name : kept) {
    out.obs.add(name, input.words.obs.find(name)->data);
    out.sets[name] = io::annotation;
  }
  for (const label::LabelSet& set : columns.sets()) {
    out.obs.add(set.name, label::column_of(set));
    out.sets[set.name] = set.source;
    if (set.name == "supersense")
      for (const auto& file : label::WordNet::files(options.wordnet)) out.provenance.add_input(file);
  }
  io::write_anndata(options.output.path, io::to_anndata(out), writing);

  console.figure("rows", input.words.rows());
  console.figure("sentences", input.words.texts.size());
  show_labels(console, out.obs);
  console.figure("output", options.output.path);
  console.finish();
}

}  // namespace neurox::apps
