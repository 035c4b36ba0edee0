# What several findings read: activations of annotated English, and probes on them with the neurons that they weigh.

folder_minilm := $(minilm)
folder_smollm := $(smollm)
folder_minilm-sst2 := $(models)/minilm-sst2
folder_minilm-qa := $(models)/minilm-qa
folder_bilstm := $(models)/bilstm-pos-ewt/model.ts
folder_bilstm2 := $(models)/bilstm-pos-ewt-seed2/model.ts
sites_minilm := blocks.0.hook_resid_pre,resid_post
sites_minilm-sst2 := $(sites_minilm)
sites_minilm-qa := $(sites_minilm)
# SmolLM2 has thirty blocks: the embeddings and every sixth.
sites_smollm := blocks.0.hook_resid_pre,resid_post@5,11,17,23,29
sites_bilstm := embedding,layers.0,layers.1
sites_bilstm2 := $(sites_bilstm)

# A decoder's first token holds an attention sink of enormous size, so no model is asked about first words.
label_sets := upos deprel supersense Number Tense VerbForm
narrowed := --narrow inner.upos=upos --narrow inner.deprel=deprel --narrow inner.supersense=supersense \
  --narrow inner.Number=feats.Number --narrow inner.Tense=feats.Tense --narrow inner.VerbForm=feats.VerbForm --among 'edge!=first'

define labels_of
$(OUT)/ewt.$(1).labels.json: | $(OUT)
	$(NEUROX) label $(ewt_$(1)) --limit $(SENTENCES) $(narrowed) --feature edge -o $$(@:.json=.h5ad) $(FLAGS) > $$@
endef
$(foreach part,train dev,$(eval $(call labels_of,$(part))))

define activations_of
$(OUT)/$(1).$(2).json: | $(OUT)
	$(NEUROX) extract $(folder_$(1)) $(ewt_$(2)) --limit $(SENTENCES) --sites $(sites_$(1)) --labels upos -o $$(@:.json=.h5ad) $(FLAGS) > $$@
endef
$(foreach model,minilm minilm-sst2 minilm-qa smollm bilstm bilstm2,$(foreach part,train dev,$(eval $(call activations_of,$(model),$(part)))))

# Of each model and label: .probe (how well it is known), .rank (by weight mass), .csv (each neuron's share of each class's weight).
define probe_of
$(OUT)/$(1).$(2).probe.json: $(OUT)/$(1).train.json $(OUT)/$(1).dev.json $(OUT)/ewt.train.labels.json $(OUT)/ewt.dev.labels.json
	$(NEUROX) probe $(OUT)/$(1).train.h5ad --labels $(OUT)/ewt.train.labels.h5ad --label inner.$(2) --eval $(OUT)/$(1).dev.h5ad --eval-labels $(OUT)/ewt.dev.labels.h5ad --no-control --no-sites --tolerance 1e-4 -o $$(@:.json=.h5ad) $(FLAGS) > $$@
$(OUT)/$(1).$(2).rank.json: $(OUT)/$(1).$(2).probe.json
	$(NEUROX) rank $$(<:.json=.h5ad) -o $$(@:.json=.h5ad) $(FLAGS) > $$@
$(OUT)/$(1).$(2).rank.csv: $(OUT)/$(1).$(2).rank.json
	$(NEUROX) export $$(<:.json=.h5ad) -o $$@ --force --quiet > /dev/null
endef
$(foreach model,minilm minilm-sst2 minilm-qa smollm bilstm,$(foreach label,$(label_sets),$(eval $(call probe_of,$(model),$(label)))))

# The first neuron that a command printed.
best = $$(grep -m 1 '"neuron"' $(1) | cut -d '"' -f 4)
