#include "feature_sites.h"

#include <utility>

#include "neurox/core/error.h"
#include "neurox/core/selection.h"
#include "neurox/model/sparse_autoencoder.h"

namespace neurox::apps {

void declare_features(CLI::App& app, std::vector<std::string>& features) {
  app.add_option(
         "--sae", features,
         "Folder of a sparse autoencoder, whose features become the site NAME.sae, NAME being the site "
         "that its cfg.json says or SITE; may be given several times")
      ->type_name("[SITE=]FOLDER");
}

std::vector<std::string> add_features(const std::vector<std::string>& features, LoadedModel& loaded,
                                      io::Provenance& provenance) {
  std::vector<std::string> names;
  for (const std::string& text : features) {
    const std::size_t equals = text.find('=');
    const bool has_site = equals != std::string::npos;
    auto autoencoder = model::SparseAutoencoder::load(has_site ? text.substr(equals + 1) : text);
    const std::string asked = has_site ? text.substr(0, equals) : autoencoder.site;
    if (asked.empty()) throw input_error("{}: its cfg.json names no site; give --sae SITE={}", text, text);
    const std::vector<SiteColumns> sites = loaded.model.sites();
    const std::vector<std::size_t> found = select_sites(asked, sites);
    if (found.size() != 1)
      throw usage_error("--sae {}: '{}' means {} sites; name one, as blocks.5.hook_resid_post", text, asked,
                        found.size());
    const SiteColumns& host = sites[found[0]];
    provenance.inputs.emplace_back(host.site + ".sae", autoencoder.fingerprint);
    loaded.model.add_features(*site_of(host), std::move(autoencoder));
    names.push_back(host.site + ".sae");
  }
  return names;
}

}  // namespace neurox::apps
