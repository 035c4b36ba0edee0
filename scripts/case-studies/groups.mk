# What neurons and tokens say without labels: clusters, factors, redundancy and maps of three models, and the models side by side on the
# same text.
#
#   make -f scripts/case-studies/groups.mk [SENTENCES=500] [OUT=build/case-studies/groups]
#
# Needs build/release/neurox, minilm and smollm2-135m (scripts/get-model.sh) in NEUROX_MODELS (models/), and NEUROX_SHARED
# (models/minilm-sst2, data/ud-ewt). Ends with a page per model: $(OUT)/MODEL.report.html. Parts run side by side with make -j.
NEUROX ?= build/release/neurox
NEUROX_MODELS ?= models
SENTENCES ?= 500
OUT ?= build/case-studies/groups
CONLLU := $(NEUROX_SHARED)/data/ud-ewt/en_ewt-ud-train.conllu.gz
DEV := $(NEUROX_SHARED)/data/ud-ewt/en_ewt-ud-dev.conllu
MODELS := minilm minilm-sst2 smollm2-135m

folder_minilm := $(NEUROX_MODELS)/minilm
folder_minilm-sst2 := $(NEUROX_SHARED)/models/minilm-sst2
folder_smollm2-135m := $(NEUROX_MODELS)/smollm2-135m
# SmolLM2 has thirty blocks: every sixth.
sites_minilm := blocks.0.hook_resid_pre,resid_post
sites_minilm-sst2 := $(sites_minilm)
sites_smollm2-135m := resid_post@5,11,17,23,29
# Where tokens and factors are looked at: in the upper middle, where MiniLM knows parts of speech and words still differ.
middle_minilm := 3
middle_minilm-sst2 := 3
middle_smollm2-135m := 17

parts := clusters neurons-map words-map concepts pca redundancy
of_minilm := $(OUT)/minilm.nmf.h5ad $(OUT)/side.maxcorr.minilm.h5ad $(OUT)/side.cka.layers.h5ad

.PHONY: all
.DELETE_ON_ERROR:
.SECONDARY:
all: $(MODELS:%=$(OUT)/%.report.html)

$(OUT):
	mkdir -p $@

define of_model
$(OUT)/$(1).h5ad: | $(OUT)
	$(NEUROX) extract $(folder_$(1)) $(CONLLU) --limit $(SENTENCES) --sites $(sites_$(1)) --quiet --force -o $$@
$(OUT)/$(1).dev.h5ad: | $(OUT)
	$(NEUROX) extract $(folder_$(1)) $(DEV) --limit $(SENTENCES) --sites $(sites_$(1)) --quiet --force -o $$@
endef
$(foreach model,$(MODELS),$(eval $(call of_model,$(model))))

$(OUT)/minilm.nmf.h5ad: | $(OUT)
	$(NEUROX) extract $(folder_minilm) $(CONLLU) --limit $(SENTENCES) --sites mlp_post@3 --quiet --force -o $(OUT)/minilm.mlp.h5ad
	$(NEUROX) cluster $(OUT)/minilm.mlp.h5ad --method nmf --count 10 --force -o $@ > $(@:.h5ad=.txt)

%.clusters.h5ad: %.h5ad
	$(NEUROX) cluster $< --threshold 0.3,0.5,0.7 --halves 1 --force -o $@ > $(@:.h5ad=.txt)

%.neurons-map.h5ad: %.h5ad
	$(NEUROX) cluster $< --method map --force -o $@ > $(@:.h5ad=.txt)

%.words-map.h5ad: %.h5ad
	$(NEUROX) cluster $< --method map --of tokens --neurons resid_post@$(middle_$(*F)) --label upos --most 2000 --force -o $@ > $(@:.h5ad=.txt)

%.concepts.h5ad: %.h5ad
	$(NEUROX) cluster $< --method tokens --neurons resid_post@$(middle_$(*F)) --clusters 100 --label upos --sheet $(@:.h5ad=.tsv) --force -o $@ > $(@:.h5ad=.txt)

%.pca.h5ad: %.h5ad
	$(NEUROX) cluster $< --method pca --neurons resid_post@$(middle_$(*F)) --count 10 --force -o $@ > $(@:.h5ad=.txt)

%.redundancy.h5ad: %.h5ad %.dev.h5ad
	$(NEUROX) cluster $< --method redundancy --label upos --eval $*.dev.h5ad --threshold 0.3,0.5,0.7 --force -o $@ > $(@:.h5ad=.txt)

# One command for all measures: they share the passes over the files.
$(OUT)/side.cka.layers.h5ad: $(OUT)/side.maxcorr.minilm.h5ad ;
$(OUT)/side.maxcorr.minilm.h5ad: $(MODELS:%=$(OUT)/%.h5ad)
	$(NEUROX) cluster $^ --method maxcorr --also cka --force -o '$(OUT)/side.{method}.{model}.h5ad' > $(OUT)/side.txt

# A page is of one model; what holds it against the others stands with the first.
define page_of_model
$(OUT)/$(1).report.html: $(parts:%=$(OUT)/$(1).%.h5ad) $(of_$(1))
	$(NEUROX) report $$^ --title 'Groups of neurons and words in $(1)' --force -o $$@
	@echo "open this in a browser: $$@"
endef
$(foreach model,$(MODELS),$(eval $(call page_of_model,$(model))))
