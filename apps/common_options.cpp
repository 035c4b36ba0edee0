#include "common_options.h"

#include "neurox/core/error.h"
#include "neurox/core/memory_size.h"
#include "neurox/io/corpus.h"

namespace neurox::apps {

void declare_common(CLI::App& app, CommonOptions& options) {
  app.add_flag("--json", options.json, "Print the results as JSON")->group("Common");
  app.add_flag("-q,--quiet", options.quiet, "No progress and no warnings")->group("Common");
  app.add_flag("-v,--verbose", options.verbose, "Say more on stderr")->group("Common");
  app.add_option("--threads", options.threads, "Threads (default: all cores)")
      ->check(CLI::Range(1, 4096))
      ->group("Common")
      ->type_name("N");
}

void declare_output(CLI::App& app, OutputOptions& options, const std::string& what) {
  app.add_option("-o,--output", options.path, what)->required()->type_name("FILE");
  app.add_flag("--force", options.force, "Replace an existing output");
}

void declare_seed(CLI::App& app, std::uint64_t& seed) {
  app.add_option("--seed", seed, "Seed of everything that is drawn")->capture_default_str()->type_name("N");
}

void declare_device(CLI::App& app, std::string& device) {
  app.add_option("--device", device, "cpu, cuda, cuda:I or auto")->capture_default_str()->type_name("NAME");
}

void declare_memory(CLI::App& app, std::int64_t& bytes) {
  app.add_option_function<std::string>(
         "--memory", [&bytes](const std::string& text) { bytes = parse_memory_size(text); },
         fmt::format("Memory that blocks and batches may use (default {})", format_memory_size(bytes)))
      ->type_name("SIZE");
}

void declare_corpus(CLI::App& app, CorpusArguments& options) {
  app.add_option("CORPUS", options.path,
                 "Text: one sentence a line, .conllu, .word with .label, .csv or .tsv with a header, "
                 ".json with questions (SQuAD), .conll (columns as CoNLL-2003), .mrg (trees in brackets); "
                 ".gz of each; - for stdin")
      ->required()
      ->type_name("");
  declare_corpus_options(app, options);
  app.add_option("--source-language", options.languages.source,
                 "Language of the text, as a translation model names it (de_DE, deu_Latn, de)")
      ->group("Corpus")
      ->type_name("CODE");
  app.add_option("--target-language", options.languages.target, "Language that is translated into")
      ->group("Corpus")
      ->type_name("CODE");
}

void declare_corpus_options(CLI::App& app, CorpusArguments& options) {
  app.add_option("--format", options.format, "Read the corpus as this, whatever its name says")
      ->check(CLI::IsMember(io::corpus_formats()))
      ->group("Corpus")
      ->type_name("NAME");
  app.add_option("--text-column", options.text_column, "Column of a table that holds the text")
      ->group("Corpus")
      ->type_name("NAME");
  app.add_option("--pair-column", options.pair_column, "Column that holds the second text of a pair")
      ->group("Corpus")
      ->type_name("NAME");
  app.add_option("--label-column", options.label_column, "Column that holds the class of a text")
      ->group("Corpus")
      ->type_name("NAME");
  app.add_option("--label-file", options.label_files,
                 "Label file of this text, as `neurox label` writes it; may be given again")
      ->allow_extra_args(false)
      ->group("Corpus")
      ->type_name("FILE");
  app.add_option("--limit", options.limit, "Read no more than this many sentences")
      ->check(CLI::PositiveNumber)
      ->group("Corpus")
      ->type_name("N");
}

}  // namespace neurox::apps
