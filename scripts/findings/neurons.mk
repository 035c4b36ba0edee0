# Where in one model the neurons of a property are, how many they are, and whether methods agree on them.

# few-neurons: probes on the first neurons by weight mass, until half a per cent of the accuracy of all is left to gain.
sst_train := $(data)/sst2/train_binary_sent.csv
sst_dev := $(data)/sst2/dev_binary_sent.csv
few := upos deprel supersense

define few_of
$(OUT)/minilm.$(1).redundancy.json: $(OUT)/minilm.train.json $(OUT)/minilm.dev.json $(OUT)/ewt.train.labels.json $(OUT)/ewt.dev.labels.json
	$(NEUROX) cluster $(OUT)/minilm.train.h5ad --method redundancy --labels $(OUT)/ewt.train.labels.h5ad --label inner.$(1) --eval $(OUT)/minilm.dev.h5ad --eval-labels $(OUT)/ewt.dev.labels.h5ad --min-class 100 --threshold 0.3 --neuron-loss 0.5 -o $$(@:.json=.h5ad) $(FLAGS) > $$@
endef
$(foreach label,$(few),$(eval $(call few_of,$(label))))

$(OUT)/sst.train.json: | $(OUT)
	$(NEUROX) extract $(minilm) $(sst_train) --limit 4000 --unit sentence --sentence-pooling mean --sites $(sites_minilm) -o $(@:.json=.h5ad) $(FLAGS) > $@
$(OUT)/sst.dev.json: | $(OUT)
	$(NEUROX) extract $(minilm) $(sst_dev) --unit sentence --sentence-pooling mean --sites $(sites_minilm) -o $(@:.json=.h5ad) $(FLAGS) > $@
$(OUT)/minilm.sst.redundancy.json: $(OUT)/sst.train.json $(OUT)/sst.dev.json
	$(NEUROX) cluster $(OUT)/sst.train.h5ad --method redundancy --label label --eval $(OUT)/sst.dev.h5ad --threshold 0.3 --neuron-loss 0.5 -o $(@:.json=.h5ad) $(FLAGS) > $@

$(eval $(call finding,few-neurons,$(minilm) $(ewt_train) $(ewt_dev) $(sst_train),\
  $(foreach label,$(few) sst,$(OUT)/minilm.$(label).redundancy.json)))

# layers: at which depth the neurons lie that a probe weighs most, class by class.
layered := Number Tense VerbForm deprel
$(eval $(call finding,layers,$(minilm) $(smollm) $(folder_bilstm) $(ewt_train),\
  $(foreach model,minilm smollm bilstm,$(layered:%=$(OUT)/$(model).%.rank.csv))))

# focused-spread: how many neurons hold half of a tag's weight.
$(eval $(call finding,focused-spread,$(minilm) $(smollm) $(folder_bilstm) $(ewt_train),\
  $(foreach model,minilm smollm bilstm,$(OUT)/$(model).upos.rank.csv)))

# regularisation: SmolLM2's residual stream of neighbouring blocks holds each neuron nearly twice.
penalties := 0 0.5 1
$(OUT)/twins.train.json: | $(OUT)
	$(NEUROX) extract $(smollm) $(ewt_train) --limit $(SENTENCES) --sites resid_post@17,18 --labels upos -o $(@:.json=.h5ad) $(FLAGS) > $@
$(OUT)/twins.dev.json: | $(OUT)
	$(NEUROX) extract $(smollm) $(ewt_dev) --limit $(SENTENCES) --sites resid_post@17,18 --labels upos -o $(@:.json=.h5ad) $(FLAGS) > $@
# A planted copy: the same tensor under its two names, what block 3 returns and what block 4 receives.
$(OUT)/copies.train.json: | $(OUT)
	$(NEUROX) extract $(minilm) $(ewt_train) --limit $(SENTENCES) --sites resid_post@3,blocks.4.hook_resid_pre --labels upos -o $(@:.json=.h5ad) $(FLAGS) > $@
$(OUT)/copies.dev.json: | $(OUT)
	$(NEUROX) extract $(minilm) $(ewt_dev) --limit $(SENTENCES) --sites resid_post@3,blocks.4.hook_resid_pre --labels upos -o $(@:.json=.h5ad) $(FLAGS) > $@

define penalised
$(OUT)/$(1).l1-$(2).probe.json: $(OUT)/$(1).train.json $(OUT)/$(1).dev.json $(OUT)/ewt.train.labels.json $(OUT)/ewt.dev.labels.json
	$(NEUROX) probe $(OUT)/$(1).train.h5ad --labels $(OUT)/ewt.train.labels.h5ad --label inner.upos --eval $(OUT)/$(1).dev.h5ad --eval-labels $(OUT)/ewt.dev.labels.h5ad --l1-ratio $(2) --no-control --no-sites -o $$(@:.json=.h5ad) $(FLAGS) > $$@
$(OUT)/$(1).l1-$(2).probe.csv: $(OUT)/$(1).l1-$(2).probe.json
	$(NEUROX) export $$(<:.json=.h5ad) -o $$@ --force --quiet > /dev/null
endef
$(foreach kind,twins copies,$(foreach ratio,$(penalties),$(eval $(call penalised,$(kind),$(ratio)))))
$(eval $(call finding,regularisation,$(minilm) $(smollm) $(ewt_train),\
  $(foreach kind,twins copies,$(penalties:%=$(OUT)/$(kind).l1-%.probe.csv))))

# disagreement: every ranking of the same tags, what probes on its first neurons reach, and how far the rankings agree.
methods := probeless mean-difference cohens-d correlation spearman anova-f average-precision auroc iou-quantile mutual-information threshold-f1 gaussian-f1 forest
# The judges' sentences are fewer: thirteen rankings with their probes.
$(OUT)/minilm.half.json: | $(OUT)
	$(NEUROX) extract $(minilm) $(ewt_train) --limit 500 --sites resid_post@3 --labels upos -o $(@:.json=.h5ad) $(FLAGS) > $@
$(OUT)/minilm.half.dev.json: | $(OUT)
	$(NEUROX) extract $(minilm) $(ewt_dev) --limit 1000 --sites resid_post@3 --labels upos -o $(@:.json=.h5ad) $(FLAGS) > $@
$(OUT)/disagreement.sets.json: $(OUT)/minilm.half.json $(OUT)/minilm.half.dev.json
	$(NEUROX) rank $(OUT)/minilm.half.h5ad --label upos --method $(call listed,$(methods)) --sets 50 --random-sets 3 --eval $(OUT)/minilm.half.dev.h5ad -o '$(OUT)/disagreement.{method}.h5ad' $(FLAGS) > $@
$(OUT)/disagreement.compare.json: $(OUT)/disagreement.sets.json
	$(NEUROX) rank --compare $(methods:%=$(OUT)/disagreement.%.h5ad) --first 50 -o $(@:.json=.h5ad) $(FLAGS) > $@
$(eval $(call finding,disagreement,$(minilm) $(ewt_train) $(ewt_dev),$(OUT)/disagreement.sets.json $(OUT)/disagreement.compare.json))
