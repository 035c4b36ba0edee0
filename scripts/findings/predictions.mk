# What classifiers use: words, pairs of words, concepts.

texts := $(data)/tcav-text
neutral := $(addprefix $(texts)/neutral,.csv 2.csv 3.csv 4.csv 5.csv)
# Lists of concepts are filled up to seven words with `pad` and points: how many of them is no part of the concept.
fill := --concept-format text --drop-word pad --drop-word .

# tcav-adjectives: 30 vectors against draws of neutral lines, and a neutral set in the concept's place.
model_cnn := $(models)/cnn-sst2/model.ts
model_minilm := $(models)/minilm-sst2
tcav_cnn := --sites windows.0.act,windows.1.act,windows.2.act,hidden_act
tcav_minilm := --sites resid_post --at summary
$(OUT)/neutral.txt: $(neutral) | $(OUT)
	cat $^ > $@
define tcav_of
$(OUT)/tcav.$(1).positive.json: $(OUT)/neutral.txt
	$(NEUROX) tcav $(model_$(1)) $(sst_dev) --limit 500 --concept positive=$(texts)/positive-adjectives.csv $(fill) --random-from $$< --runs 30 $(tcav_$(1)) -o $$(@:.json=.h5ad) $(FLAGS) > $$@
$(OUT)/tcav.$(1).neutral.json: $(OUT)/neutral.txt
	$(NEUROX) tcav $(model_$(1)) $(sst_dev) --limit 500 --concept neutral=$(texts)/neutral.csv $(fill) --random-from $$< --runs 30 $(tcav_$(1)) -o $$(@:.json=.h5ad) $(FLAGS) > $$@
endef
$(foreach model,cnn minilm,$(eval $(call tcav_of,$(model))))
$(eval $(call finding,tcav-adjectives,$(model_cnn) $(model_minilm) $(texts) $(sst_dev),\
  $(foreach model,cnn minilm,$(OUT)/tcav.$(model).positive.json $(OUT)/tcav.$(model).neutral.json)))

# question-words: what the start and the end of an answer use, word by word.
qa := $(models)/minilm-qa
xquad := $(data)/qa/xquad-en-eval.json
$(OUT)/answer.start.json $(OUT)/answer.end.json: $(OUT)/answer.%.json: | $(OUT)
	$(NEUROX) attribute $(qa) $(xquad) --target $* --limit 40 --long skip --method integrated-gradients --steps 20 --tolerance 0 --show 0 -o $(@:.json=.h5ad) $(FLAGS) > $@
$(OUT)/answer.start.csv $(OUT)/answer.end.csv: %.csv: %.json
	$(NEUROX) export $*.h5ad -o $@ --force --quiet > /dev/null
$(eval $(call finding,question-words,$(qa) $(xquad),$(OUT)/answer.start.csv $(OUT)/answer.end.csv))

# negation: minimal pairs of one template, a word for a word.
positive_words := good great funny moving brilliant beautiful charming clever delightful enjoyable
negative_words := bad boring dull awful terrible stupid predictable tedious shallow pointless
$(OUT)/negated.csv: | $(OUT)
	(echo sentence,label; for word in $(positive_words); do echo "the film is not $$word .,0"; done; for word in $(negative_words); do echo "the film is not $$word .,1"; done) > $@
$(OUT)/negated.json: $(OUT)/negated.csv
	$(NEUROX) attribute $(model_minilm) $< --target positive --against negative --method shapley-taylor,arch-detect --show 0 -o $(@:.json=.h5ad) $(FLAGS) > $@
$(OUT)/negated.pairs.csv: $(OUT)/negated.json
	$(NEUROX) export $(<:.json=.h5ad) -o $@ --force --quiet > /dev/null
$(eval $(call finding,negation,$(model_minilm),$(OUT)/negated.pairs.csv))
