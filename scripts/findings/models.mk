# Models beside each other: seeds, architectures, fine-tuned twins, static vectors.

# experts: units whose largest activation in a sentence detects a concept of the sentence.
# The last three are for `switching`.
concepts := question number quotation bracket negation first second past future modal
question  := [?]
number    := [0-9]
quotation := "
bracket   := [(]
negation  := (?i)\b(not|no|never)\b|n.t\b
first     := \b(I|me|my)\b
second    := (?i)\byour?\b
past      := \b(was|were|had)\b
future    := (?i)\bwill\b
modal     := (?i)\b(can|could|would|should|may|might|must)\b
tense     := \b(was|were|had|did|said)\b
gender    := (?i)\b(she|her|hers|herself)\b
many      := (?i)\b(they|them|their|are|were)\b
switched  := tense gender many
# The feminine is rare: twice as many sentences.
concept_sentences := $(shell expr 2 '*' $(SENTENCES))
$(OUT)/sentences.labels.json: | $(OUT)
	$(NEUROX) label $(ewt_train) --limit $(concept_sentences) --unit sentence $(foreach concept,$(concepts) $(switched),--text-has '$(concept)=$($(concept))') -o $(@:.json=.h5ad) $(FLAGS) > $@
define experts_of
$(OUT)/$(1).sentences.json: $(OUT)/sentences.labels.json
	$(NEUROX) extract $(folder_$(1)) $(ewt_train) --limit $(concept_sentences) --unit sentence --sentence-pooling max --sites mlp_post --label-file $(OUT)/sentences.labels.h5ad --labels $(call listed,$(concepts) $(switched)) --dtype f16 -o $$(@:.json=.h5ad) $(FLAGS) > $$@
$(foreach concept,$(concepts) $(switched),
$(OUT)/$(1).$(concept).experts.json: $(OUT)/$(1).sentences.json
	$(NEUROX) rank $(OUT)/$(1).sentences.h5ad --label $(concept) --min-class 10 --method average-precision --expert-bound 0.7,0.8,0.9 -o $$(@:.json=.h5ad) $(FLAGS) > $$@
)
endef
$(foreach model,minilm smollm,$(eval $(call experts_of,$(model))))
$(eval $(call finding,experts,$(minilm) $(smollm) $(ewt_train),$(foreach model,minilm smollm,$(concepts:%=$(OUT)/$(model).%.experts.json))))

# shared-neurons: each neuron's largest correlation with one of the other model, and what it tells of a word.
folder_cnn := $(models)/cnn-sst2/model.ts
folder_cnn2 := $(models)/cnn-sst2-seed2/model.ts
sites_cnn := windows.0.act,windows.1.act,windows.2.act
sites_cnn2 := $(sites_cnn)
$(foreach model,cnn cnn2,$(eval $(call activations_of,$(model),train)))
$(OUT)/surface.labels.json: | $(OUT)
	$(NEUROX) label $(ewt_train) --limit $(SENTENCES) --where 'early=position<=1' --where 'late=from_end<=1' --feature bracketed --keep upos -o $(@:.json=.h5ad) $(FLAGS) > $@
define shared_of
$(OUT)/$(1)-$(2).maxcorr.json: $(OUT)/$(1).train.json $(OUT)/$(2).train.json
	$(NEUROX) cluster $(OUT)/$(1).train.h5ad $(OUT)/$(2).train.h5ad --method maxcorr -o $$(@:.json=.h5ad) $(FLAGS) > $$@
$(OUT)/$(1)-$(2).maxcorr.csv: $(OUT)/$(1)-$(2).maxcorr.json
	$(NEUROX) export $$(<:.json=.h5ad) -o $$@ --force --quiet > /dev/null
endef
$(foreach pair,minilm:smollm smollm:minilm bilstm:bilstm2 cnn:cnn2,$(eval $(call shared_of,$(word 1,$(subst :, ,$(pair))),$(word 2,$(subst :, ,$(pair))))))
define surface_of
$(OUT)/$(1).surface-$(2).json: $(OUT)/$(1).train.json $(OUT)/surface.labels.json
	$(NEUROX) rank $(OUT)/$(1).train.h5ad --labels $(OUT)/surface.labels.h5ad --label $(2) --method auroc -o $$(@:.json=.h5ad) $(FLAGS) > $$@
$(OUT)/$(1).surface-$(2).csv: $(OUT)/$(1).surface-$(2).json
	$(NEUROX) export $$(<:.json=.h5ad) -o $$@ --force --quiet > /dev/null
endef
surface := upos early late bracketed
$(foreach model,minilm smollm bilstm cnn,$(foreach label,$(surface),$(eval $(call surface_of,$(model),$(label)))))
# What the five most shared neurons of MiniLM stand for, in the corpus.
$(OUT)/shared.words.json: $(OUT)/minilm-smollm.maxcorr.csv $(OUT)/minilm.train.json
	$(NEUROX) view $(OUT)/minilm.train.h5ad "$$(awk -F , 'NR > 1 { print $$NF, $$1 ":" $$3 }' $< | sort -gr | head -5 | cut -d ' ' -f 2 | paste -sd ,)" --words 6 --contexts 1 --json > $@
$(eval $(call finding,shared-neurons,$(minilm) $(smollm) $(folder_bilstm) $(folder_bilstm2) $(folder_cnn) $(folder_cnn2) $(ewt_train),\
  $(foreach pair,minilm-smollm smollm-minilm bilstm-bilstm2 cnn-cnn2,$(OUT)/$(pair).maxcorr.csv) \
  $(foreach model,minilm smollm bilstm cnn,$(surface:%=$(OUT)/$(model).surface-%.csv)) $(OUT)/shared.words.json))

# fine-tuning: where the neurons of parts of speech are before and after, and how far each layer moved.
$(OUT)/tuned.cka.json: $(OUT)/minilm.train.json $(OUT)/minilm-sst2.train.json $(OUT)/minilm-qa.train.json
	$(NEUROX) cluster $(^:.json=.h5ad) --method cka -o $(@:.json=.h5ad) $(FLAGS) > $@
$(OUT)/tuned.cka.csv: $(OUT)/tuned.cka.json
	$(NEUROX) export $(<:.json=.h5ad) -o $@ --force --quiet > /dev/null
$(eval $(call finding,fine-tuning,$(minilm) $(folder_minilm-sst2) $(folder_minilm-qa) $(ewt_train),\
  $(foreach model,minilm minilm-sst2 minilm-qa,$(OUT)/$(model).upos.rank.csv) $(OUT)/tuned.cka.csv))

# Static vectors, as text that neurox reads, and the words they know.
vectors_json := $(data)/wordvecs1000/wordvecs1000.json.gz
wiki := $(data)/wikitext-2/test.txt
$(OUT)/vectors.vec: | $(OUT)
	$(PYTHON) $(root)/scripts/convert/word_vectors.py $(vectors_json) $@ > /dev/null
$(OUT)/vectors.words: $(OUT)/vectors.vec
	tail -n +2 $< | cut -d ' ' -f 1 > $@

# frequency-dimensions: how often a word occurs in WikiText-2's test text; even words choose, odd words judge.
$(OUT)/wiki.labels.json: | $(OUT)
	$(NEUROX) label $(wiki) --feature log_frequency -o $(@:.json=.h5ad) $(FLAGS) > $@
$(OUT)/wiki.csv: $(OUT)/wiki.labels.json
	$(NEUROX) export $(<:.json=.h5ad) -o $@ --force --quiet > /dev/null
$(OUT)/frequency.%.tsv: $(OUT)/wiki.csv $(OUT)/vectors.words
	awk -F , -v part=$* 'NR == FNR { known[$$1] = NR; next } FNR == 1 { for (i = 1; i <= NF; ++i) if ($$i == "log_frequency") c = i; print "text\tfrequency"; next } \
	  { w = tolower($$1) } w in known && known[w] % 2 == (part == "odd") && !seen[w]++ { print w "\t" $$c }' $(OUT)/vectors.words $< > $@
$(OUT)/frequency.even.json $(OUT)/frequency.odd.json: %.json: %.tsv
	$(NEUROX) extract $(OUT)/vectors.vec $< -o $(@:.json=.h5ad) $(FLAGS) > $@
$(OUT)/frequency.chosen.json: $(OUT)/frequency.even.json
	$(NEUROX) rank $(OUT)/frequency.even.h5ad --label frequency --numeric --method spearman --permutations 1000 --shuffle tokens -o $(@:.json=.h5ad) $(FLAGS) > $@
$(OUT)/frequency.judged.json: $(OUT)/frequency.chosen.json $(OUT)/frequency.odd.json
	$(NEUROX) rank $(OUT)/frequency.odd.h5ad --label frequency --numeric --method spearman --bootstrap 500 --neurons "$(call best,$<)" -o $(@:.json=.h5ad) $(FLAGS) > $@
$(OUT)/frequency.chosen.csv $(OUT)/frequency.judged.csv: %.csv: %.json
	$(NEUROX) export $(<:.json=.h5ad) --layer signed -o $@ --force --quiet > /dev/null
# Dropout: what is left of three CNNs without the hidden units that their predictions use most.
sst_test := $(data)/sst2/test_binary_sent.csv
define dropout_of
$(OUT)/$(1).hidden.json: | $(OUT)
	$(NEUROX) attribute $(models)/$(1)/model.ts $(sst_dev) --limit 300 --method conductance --sites hidden_act -o $$(@:.json=.h5ad) $(FLAGS) > $$@
$(OUT)/$(1).without.json: $(OUT)/$(1).hidden.json
	$(NEUROX) ablate $(models)/$(1)/model.ts $(sst_test) --ranking $$(<:.json=.h5ad) --top 5,10,20,40 --random 5 -o $$(@:.json=.h5ad) $(FLAGS) > $$@
endef
cnns := cnn-sst2 cnn-sst2-seed2 cnn-sst2-nodropout
$(foreach cnn,$(cnns),$(eval $(call dropout_of,$(cnn))))
$(eval $(call finding,frequency-dimensions,$(vectors_json) $(wiki) $(cnns:%=$(models)/%) $(sst_dev),\
  $(foreach part,chosen judged,$(OUT)/frequency.$(part).json $(OUT)/frequency.$(part).csv) $(cnns:%=$(OUT)/%.without.json)))

# fasttext-morphology: dimensions that a Gaussian probe needs, on the words that the static vectors know.
morphology := Number Tense VerbForm Person
$(OUT)/known.json: $(OUT)/vectors.words
	$(NEUROX) label $(ewt_train) --limit $(SENTENCES) --words known=$< --ignore-case --feature edge -o $(@:.json=.h5ad) $(FLAGS) > $@
$(OUT)/known.labels.json: $(OUT)/known.json
	$(NEUROX) label $(ewt_train) --limit $(SENTENCES) --label-file $(OUT)/known.h5ad $(foreach set,$(morphology),--narrow known.$(set)=feats.$(set)) --among 'known=known and edge!=first' -o $(@:.json=.h5ad) $(FLAGS) > $@
folder_vectors := $(OUT)/vectors.vec
$(OUT)/vectors.train.json: $(OUT)/vectors.vec
	$(NEUROX) extract $< $(ewt_train) --limit $(SENTENCES) --labels upos -o $(@:.json=.h5ad) $(FLAGS) > $@
last_vectors := embed
last_minilm := resid_post@5
define gaussian_of
$(OUT)/$(1).$(2).gaussian.json: $(OUT)/$(1).train.json $(OUT)/known.labels.json
	$(NEUROX) rank $(OUT)/$(1).train.h5ad --labels $(OUT)/known.labels.h5ad --label known.$(2) --neurons $(last_$(1)) --method gaussian --count 40 -o $$(@:.json=.h5ad) $(FLAGS) > $$@
$(OUT)/$(1).$(2).gaussian.csv: $(OUT)/$(1).$(2).gaussian.json
	$(NEUROX) export $$(<:.json=.h5ad) --table selection -o $$@ --force --quiet > /dev/null
endef
$(foreach model,vectors minilm,$(foreach set,$(morphology),$(eval $(call gaussian_of,$(model),$(set)))))
$(eval $(call finding,fasttext-morphology,$(vectors_json) $(minilm) $(ewt_train),\
  $(foreach model,vectors minilm,$(morphology:%=$(OUT)/$(model).%.gaussian.csv))))
