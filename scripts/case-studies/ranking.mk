# Every ranking of the neurons of two models: parts of speech and three concepts of one's own, with what tells whether to believe it.
#
#   make -f scripts/case-studies/ranking.mk [MODELS="minilm smollm2-135m"] [SENTENCES=1000] [OUT=build/case-studies/ranking]
#
# Needs build/release/neurox, the models (scripts/get-model.sh) in NEUROX_MODELS (models/) and, for more than the few hundred sentences
# of testdata, NEUROX_SHARED. Ends with a page per model: $(OUT)/MODEL.report.html. Parts run side by side with make -j.
NEUROX ?= build/release/neurox
NEUROX_MODELS ?= models
MODELS ?= minilm smollm2-135m
SENTENCES ?= 1000
OUT ?= build/case-studies/ranking
CONLLU ?= $(firstword $(wildcard $(NEUROX_SHARED)/data/ud-ewt/en_ewt-ud-train.conllu.gz) testdata/ewt/train.conllu)
SITES ?= resid_post
METHODS ?= probeless mean-difference cohens-d correlation spearman anova-f average-precision auroc iou-quantile mutual-information \
           mutual-information-nearest threshold-f1 gaussian-f1 forest gaussian
CONCEPTS := plural past capital

# What a concept of one's own is; `capital` is of spelling, which an uncased model cannot see.
plural  := --where 'plural=upos=NOUN and feats.Number=Plur' --among upos=NOUN
past    := --regex 'past=ed$$' --among upos=VERB
capital := --where 'capital=capitals=initial and not edge=first'

comma := ,
empty :=
space := $(empty) $(empty)
listed = $(subst $(space),$(comma),$(strip $(1)))

.PHONY: all
.DELETE_ON_ERROR:
.SECONDARY:
all: $(MODELS:%=$(OUT)/%.report.html)

$(OUT):
	mkdir -p $@

$(OUT)/%.h5ad: $(NEUROX_MODELS)/%/config.json | $(OUT)
	$(NEUROX) extract $(NEUROX_MODELS)/$* $(CONLLU) --limit $(SENTENCES) --sites $(SITES) --quiet --force -o $@

$(OUT)/%.random.h5ad: $(NEUROX_MODELS)/%/config.json | $(OUT)
	$(NEUROX) extract $(NEUROX_MODELS)/$* $(CONLLU) --limit $(SENTENCES) --sites $(SITES) --random-init 1 --quiet --force -o $@

# Labels are of words, whatever the model.
$(CONCEPTS:%=$(OUT)/%.labels.h5ad): $(OUT)/%.labels.h5ad: | $(OUT)
	$(NEUROX) label $(CONLLU) --limit $(SENTENCES) $($*) --quiet --force -o $@

# All methods in one go, then one of them with everything that tells whether to believe it.
$(OUT)/%.upos.done: $(OUT)/%.h5ad $(OUT)/%.random.h5ad
	$(NEUROX) rank $< --label upos --method $(call listed,$(METHODS)) --show 3 --force -o '$(OUT)/$*.upos.{method}.rank.h5ad' > $(OUT)/$*.upos.txt
	$(NEUROX) rank $< --label upos --method auroc --neurons '$(firstword $(subst $(comma), ,$(SITES)))@3' --permutations 200 --bootstrap 50 --halves 5 \
	  --sets 10,50,200 --random-sets 3 --random-model $(OUT)/$*.random.h5ad --force -o $(OUT)/$*.upos.belief.rank.h5ad > $(OUT)/$*.upos.belief.txt
	$(NEUROX) rank --compare $(METHODS:%=$(OUT)/$*.upos.%.rank.h5ad) --force -o $(OUT)/$*.upos.compare.h5ad > $(OUT)/$*.upos.compare.txt
	touch $@

define of_concept
$(OUT)/%.$(1).done: $(OUT)/%.h5ad $(OUT)/$(1).labels.h5ad
	$(NEUROX) rank $$< --labels $(OUT)/$(1).labels.h5ad --label $(1) --method $(call listed,$(METHODS)) --show 3 --force \
	  -o '$(OUT)/$$*.$(1).{method}.rank.h5ad' > $(OUT)/$$*.$(1).txt
	touch $$@
endef
$(foreach concept,$(CONCEPTS),$(eval $(call of_concept,$(concept))))

$(OUT)/%.report.html: $(OUT)/%.h5ad $(OUT)/%.upos.done $(CONCEPTS:%=$(OUT)/\%.%.done)
	$(NEUROX) report $< $(OUT)/$*.upos.compare.h5ad $(OUT)/$*.upos.belief.rank.h5ad $(OUT)/$*.upos.gaussian.rank.h5ad $(OUT)/$*.upos.average-precision.rank.h5ad \
	  $(CONCEPTS:%=$(OUT)/$*.%.auroc.rank.h5ad) --title 'Neurons of $* by every ranking' --force -o $@
