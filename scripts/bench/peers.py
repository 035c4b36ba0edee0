"""Times one peer on the work of scripts/bench.sh, two threads: its work alone (imports and loading left out), and the process.

Usage: peers.py RESULTS NAME ARGUMENTS..."""
import contextlib
import gzip
import json
import os
import resource
import sys
import tempfile
import time
import types
import warnings

warnings.filterwarnings("ignore")
started = time.perf_counter()


def sentences(path, n):
    words, out = [], []
    with gzip.open(path, "rt", encoding="utf8") as f:
        for line in f:
            line = line.rstrip("\n")
            if not line:
                if words:
                    out.append(words)
                words = []
                if len(out) >= n:
                    break
            elif line[0] != "#" and line.split("\t")[0].isdigit():
                words.append(line.split("\t")[1])
    return out


def extract_transformers(corpus, model, n):
    """Batches of 32 sorted by length, all hidden states, word means, one HDF5 data set a sentence."""
    import h5py
    import torch
    from transformers import AutoModel, AutoTokenizer

    torch.set_num_threads(2)
    tokenizer, net = AutoTokenizer.from_pretrained(model), AutoModel.from_pretrained(model).eval()
    text = sentences(corpus, int(n))
    with tempfile.TemporaryDirectory() as folder, h5py.File(folder + "/out.h5", "w") as out:
        begin = time.perf_counter()
        order = sorted(range(len(text)), key=lambda i: len(text[i]))
        for first in range(0, len(order), 32):
            batch = [text[i] for i in order[first : first + 32]]
            encoded = tokenizer(batch, is_split_into_words=True, return_tensors="pt", padding=True, truncation=True, max_length=512)
            with torch.no_grad():
                hidden = torch.stack(net(**encoded, output_hidden_states=True).hidden_states, 2).flatten(2)
            for j, sentence in enumerate(batch):
                word = torch.tensor([-1 if w is None else w for w in encoded.word_ids(j)])
                kept = word >= 0
                total = torch.zeros(len(sentence), hidden.shape[-1]).index_add_(0, word[kept], hidden[j][kept])
                count = torch.bincount(word[kept], minlength=len(sentence)).clamp(min=1)
                out.create_dataset(str(order[first + j]), data=(total / count[:, None]).numpy())
        return {"name": "extract: transformers, batched by length", "seconds": time.perf_counter() - begin}


def extract_neurox(corpus, model, n):
    import neurox.data.extraction.transformers_extractor as extractor
    import torch

    torch.set_num_threads(2)
    # It prints every sentence.
    with tempfile.TemporaryDirectory() as folder, open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere):
        with open(folder + "/in", "w", encoding="utf8") as f:
            f.write("\n".join(" ".join(s) for s in sentences(corpus, int(n))) + "\n")
        begin = time.perf_counter()
        extractor.extract_representations(model, folder + "/in", folder + "/out.hdf5", aggregation="average")
        return {"name": "extract: NeuroX", "seconds": time.perf_counter() - begin}


def matrix(path, site=None):
    """Standardised activations and UPOS of the rows that a probe uses."""
    import anndata
    import numpy as np

    data = anndata.read_h5ad(path)
    rows = data.obs["status"].isin(["ok", "unk"]).to_numpy() & data.obs["upos"].notna().to_numpy()
    columns = slice(None) if site is None else (data.var["site"] == site).to_numpy()
    X = np.asarray(data.X[rows][:, columns], dtype="f4")
    scale = X.std(0)
    scale[scale < 1e-6] = np.inf
    y = data.obs["upos"].to_numpy()[rows].astype(str)
    return ((X - X.mean(0)) / scale).astype("f4"), np.unique(y, return_inverse=True)[1]


def objective(X, y, W, b, penalty, ratio):
    import numpy as np

    logits = X.astype("f8") @ W.T + b
    logits -= logits.max(1, keepdims=True)
    entropy = np.mean(np.log(np.exp(logits).sum(1)) - logits[np.arange(len(y)), y])
    return float(entropy + penalty * (ratio * np.abs(W).sum() + (1 - ratio) / 2 * (W**2).sum()))


def probe_saga(path, site):
    import numpy as np
    from sklearn.linear_model import LogisticRegression

    X, y = matrix(path, site)
    penalty, ratio = 1e-3, 0.5
    model = LogisticRegression(penalty="elasticnet", solver="saga", l1_ratio=ratio, C=1 / (penalty * len(X)), max_iter=200, tol=1e-4)
    begin = time.perf_counter()
    model.fit(X, y)
    seconds = time.perf_counter() - begin
    value = objective(X, y, model.coef_.astype("f8"), np.asarray(model.intercept_, "f8"), penalty, ratio)
    return {"name": "probe 384: scikit-learn saga", "seconds": seconds, "objective": value, "iterations": int(np.max(model.n_iter_))}


def probe_neurox(path):
    """NeuroX's own training, ten epochs (it does not go on until it converges)."""
    stub = types.ModuleType("imblearn.under_sampling")
    stub.RandomUnderSampler = None
    sys.modules.setdefault("imblearn", types.ModuleType("imblearn"))
    sys.modules.setdefault("imblearn.under_sampling", stub)
    import neurox.interpretation.linear_probe as linear_probe
    import torch

    torch.set_num_threads(2)
    X, y = matrix(path)
    begin = time.perf_counter()
    linear_probe.train_logistic_regression_probe(X, y, lambda_l1=0.001, lambda_l2=0.001, num_epochs=10, batch_size=32)
    return {"name": "probe 2688: NeuroX, ten epochs", "seconds": time.perf_counter() - begin}


def detectors_sklearn(path, timed):
    """scikit-learn's average precision and AUROC, one neuron and class at a time: `timed` neurons are timed, the time of the others is
    theirs."""
    import h5py
    import numpy as np
    from sklearn.metrics import average_precision_score, roc_auc_score

    timed = int(timed)
    with h5py.File(path) as f:
        y = f["obs/upos/codes"][:]
        neurons = f["X"].shape[1]
        X = f["X"][:, :timed]
    classes = [c for c in range(y.max() + 1) if (y == c).sum() >= 20]
    entries = []
    for name, score in (("average-precision", average_precision_score), ("auroc", roc_auc_score)):
        begin = time.perf_counter()
        for j in range(timed):
            for c in classes:
                score(y == c, X[:, j])
        seconds = (time.perf_counter() - begin) * neurons / timed
        entries.append({"name": f"{name}: scikit-learn, {timed} of {neurons} neurons timed", "seconds": seconds})
    return entries


def forest_sklearn(path, site, trees):
    from sklearn.ensemble import RandomForestClassifier

    X, y = matrix(path, site)
    model = RandomForestClassifier(int(trees), n_jobs=2, random_state=0)
    begin = time.perf_counter()
    model.fit(X, y)
    return {"name": "forest: scikit-learn", "seconds": time.perf_counter() - begin}


def gaussian_intrinsic(path, rows, count, timed):
    """Greedy Gaussian selection as intrinsic-probing does it (runner.py and models at d256644, computed again: its package needs
    libraries that are not installed beside the others): for every candidate a MultivariateNormal per class, then five evaluations of
    all classes on all tokens, two for the information, one for the accuracy, two for the likelihood. All count * 768 candidates would
    take hours: `timed` of them are timed at five sizes of the chosen set, and the time of the others is theirs."""
    import numpy as np
    import torch

    torch.set_num_threads(2)
    X, y = matrix(path)
    X, y, count, timed = X[: int(rows)], y[: int(rows)], int(count), int(timed)
    X, y = X[:, X.std(0) > 1e-3], np.unique(y, return_inverse=True)[1]
    keep = np.bincount(y)[y] >= 40
    X, y = torch.tensor(X[keep]).double(), torch.tensor(np.unique(y[keep], return_inverse=True)[1])
    d, classes = X.shape[1], int(y.max()) + 1
    prior = torch.bincount(y).double().div(len(y)).log()
    parameters = []
    for v in range(classes):
        rows_v = X[y == v]
        centred = rows_v - rows_v.mean(0)
        scatter = centred.T @ centred
        parameters.append((rows_v.mean(0), (torch.diag(torch.diag(scatter) / len(rows_v)) + scatter) / (len(rows_v) + 2 * d + 4)))

    def candidate(chosen):
        dists = [torch.distributions.MultivariateNormal(m[chosen], covariance_matrix=S[chosen][:, chosen]) for m, S in parameters]
        joint = lambda rows: torch.stack([dist.log_prob(rows) for dist in dists], 1) + prior
        some = X[:, chosen]
        information = 0.0
        for v in range(classes):
            own = some[y == v]
            information += float((joint(own)[:, v] - joint(own).logsumexp(1)).mean()) * float(prior[v].exp())
        accuracy = float((joint(some).argmax(1) == y).double().mean())
        return information, accuracy, float((joint(some).gather(1, y[:, None])[:, 0] - joint(some).logsumexp(1)).mean())

    order = np.random.default_rng(0).permutation(d)
    sizes, seconds = np.linspace(1, count, 5).astype(int), []
    for size in sizes:
        candidate(order[:size])
        begin = time.perf_counter()
        for j in range(timed):
            candidate(np.append(order[: size - 1], order[-1 - j]))
        seconds.append((time.perf_counter() - begin) / timed)
    total = sum(np.interp(k, sizes, seconds) * (d - k + 1) for k in range(1, count + 1))
    name = f"gaussian: intrinsic-probing's algorithm, {5 * timed} of its candidates timed"
    return {"name": name, "seconds": float(total)}


def classifier(model, corpus, n):
    """A sentence classifier, its word embeddings' module, and the ids of n sentences with [PAD] in place of words."""
    import csv

    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    torch.set_num_threads(2)
    tokenizer = AutoTokenizer.from_pretrained(model)
    net = AutoModelForSequenceClassification.from_pretrained(model, dtype=torch.float32, attn_implementation="eager").eval()
    with open(corpus, encoding="utf8") as f:
        text = [row["sentence"] for _, row in zip(range(int(n)), csv.DictReader(f))]
    examples = []
    for t in text:
        ids = tokenizer(t, return_tensors="pt")["input_ids"]
        absent = ids.clone()
        absent[0, 1:-1] = tokenizer.pad_token_id
        examples.append((ids, absent))
    return net, examples


def conductance_captum(model, corpus, n):
    """LayerConductance of all blocks, 50 steps, a sentence at a time."""
    from captum.attr import LayerConductance

    net, examples = classifier(model, corpus, n)
    words = net.bert.embeddings.word_embeddings
    forward = lambda embedded: net(inputs_embeds=embedded).logits
    begin = time.perf_counter()
    for ids, absent in examples:
        for block in net.bert.encoder.layer:
            LayerConductance(forward, block).attribute(words(ids).detach(), words(absent).detach(), target=1, n_steps=50)
    return {"name": "conductance: Captum", "seconds": time.perf_counter() - begin}


def ig_captum(model, corpus, n):
    from captum.attr import IntegratedGradients

    net, examples = classifier(model, corpus, n)
    words = net.bert.embeddings.word_embeddings
    method = IntegratedGradients(lambda embedded: net(inputs_embeds=embedded).logits)
    begin = time.perf_counter()
    for ids, absent in examples:
        method.attribute(words(ids).detach(), words(absent).detach(), target=1, n_steps=50)
    return {"name": "integrated gradients: Captum", "seconds": time.perf_counter() - begin}


def units_captum(model, corpus, n, timed=None):
    """Every unit of the hidden layer of block 3 set to zero, one at a time; of n sentences the first `timed` are timed."""
    from captum.attr import LayerFeatureAblation

    import torch

    net, examples = classifier(model, corpus, timed or n)
    layer = net.bert.encoder.layer[3].intermediate
    mask = torch.arange(net.config.intermediate_size).view(1, 1, -1)
    method = LayerFeatureAblation(lambda ids: net(ids).logits, layer)
    begin = time.perf_counter()
    for ids, _ in examples:
        method.attribute(ids, target=1, layer_mask=mask, perturbations_per_eval=32)
    seconds = time.perf_counter() - begin
    if timed:
        return {"name": f"every unit: Captum, {timed} sentences timed", "seconds": seconds * int(n) / int(timed)}
    return {"name": "units: Captum", "seconds": seconds}


def tcav_captum(model, concept, corpus, n, *random):
    """Concept vectors of one concept against each random set and of each random set against the next, at all blocks, and the
    scores of class 1 over n sentences. Captum flattens a layer, so that all texts are padded to one length."""
    import csv

    import torch
    from captum.concept import TCAV, Concept
    from transformers import AutoTokenizer

    net, _ = classifier(model, corpus, 1)
    tokenizer = AutoTokenizer.from_pretrained(model)

    class Padded(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.net = net

        def forward(self, ids):
            return self.net(ids, attention_mask=(ids != tokenizer.pad_token_id).long()).logits

    def ids_of(texts):
        return tokenizer(texts, padding="max_length", truncation=True, max_length=48, return_tensors="pt")["input_ids"]

    def lines(path):
        with open(path, encoding="utf8") as f:
            return f.read().splitlines()

    with open(corpus, encoding="utf8") as f:
        examples = ids_of([row["sentence"] for _, row in zip(range(int(n)), csv.DictReader(f))])
    begin = time.perf_counter()
    sets = [Concept(i, str(i), torch.utils.data.DataLoader(list(ids_of(lines(path))), batch_size=32)) for i, path in enumerate((concept, *random))]
    pairs = [[sets[0], r] for r in sets[1:]] + [[a, b] for a, b in zip(sets[1:], sets[2:] + sets[1:2])]
    with tempfile.TemporaryDirectory() as folder:
        layers = [f"net.bert.encoder.layer.{i}" for i in range(net.config.num_hidden_layers)]
        TCAV(Padded(), layers, save_path=folder).interpret(examples, pairs, target=1)
    return {"name": "tcav: Captum", "seconds": time.perf_counter() - begin}


def clusters_scipy(path, ours):
    """numpy's correlations and scipy's average linkage of 1 - |r|, cut at 0.5; says so where neurox found other clusters."""
    import h5py
    import numpy as np
    from scipy.cluster.hierarchy import fcluster, linkage
    from scipy.spatial.distance import squareform

    with h5py.File(path) as f:
        status = f["obs/status/categories"].asstr()[:][f["obs/status/codes"][:]]
        X = f["X"][:][np.isin(status, ["ok", "unk"])]
    begin = time.perf_counter()
    with np.errstate(invalid="ignore"):
        distances = 1 - np.abs(np.nan_to_num(np.corrcoef(X.T)))
    np.fill_diagonal(distances, 0)
    labels = fcluster(linkage(squareform(distances, checks=False), "average"), 0.5, "distance")
    seconds = time.perf_counter() - begin
    with h5py.File(ours) as f:
        clusters = f["obs/cluster"][:]
    kept = clusters >= 0
    pairs = set(zip(labels[kept].tolist(), clusters[kept].tolist()))
    same = len(pairs) == len(set(labels[kept].tolist())) == len(set(clusters[kept].tolist()))
    if not same:
        print(f"clusters differ: {len(set(labels[kept].tolist()))} but {len(set(clusters[kept].tolist()))}", file=sys.stderr)
    return {"name": "neuron clusters: numpy and scipy", "seconds": seconds}


def rows_of(path, site):
    """Activations of a site, as they are, of the rows that a method uses."""
    import h5py
    import numpy as np

    with h5py.File(path) as f:
        status = f["obs/status/categories"].asstr()[:][f["obs/status/codes"][:]]
        sites = f["var/site/categories"].asstr()[:][f["var/site/codes"][:]]
        columns = np.flatnonzero(sites == site)
        return f["X"][:, columns[0] : columns[-1] + 1][np.isin(status, ["ok", "unk"])]


def nmf_sklearn(path, site, factors):
    """Coordinate descent from nndsvd, as many factors and rounds at most, the same tolerance."""
    import numpy as np
    from sklearn.decomposition import NMF

    X = np.maximum(rows_of(path, site), 0)
    begin = time.perf_counter()
    model = NMF(int(factors), init="nndsvd", max_iter=500, tol=1e-4).fit(X)
    seconds = time.perf_counter() - begin
    return {"name": "NMF: scikit-learn", "seconds": seconds, "objective": float(model.reconstruction_err_) / float(np.linalg.norm(X))}


def kmeans_sklearn(path, site, clusters):
    """Lloyd from greedy k-means++, one start, the same tolerance."""
    from sklearn.cluster import KMeans

    X = rows_of(path, site)
    begin = time.perf_counter()
    model = KMeans(int(clusters), n_init=1, max_iter=300, tol=1e-4, random_state=0).fit(X)
    seconds = time.perf_counter() - begin
    return {"name": "k-means: scikit-learn", "seconds": seconds, "objective": float(model.inertia_)}


def side_by_side_corr(folder, one, other, *methods):
    """The classes of contextual-corr-analysis (a checkout in `folder`) on the same words: every layer of both models with every other."""
    import importlib

    import h5py
    import torch

    torch.set_num_threads(2)
    sys.path.insert(0, folder)
    module = importlib.import_module("corr_methods")
    layers = {}
    for name in (one, other):
        with h5py.File(name) as f:
            sites = f["var/site/categories"].asstr()[:].tolist()
        layers.update({f"{name} {site}": torch.tensor(rows_of(name, site)) for site in sites})
    with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere), contextlib.redirect_stderr(nowhere):
        begin = time.perf_counter()
        for method in methods:
            theirs = getattr(module, {"cka": "LinCKA", "svcca": "CCA"}[method])
            found = theirs({k: v.shape[1] for k, v in layers.items()}, dict(layers), torch.device("cpu"))
            found.compute_correlations()
        seconds = time.perf_counter() - begin
    return {"name": f"{' and '.join(methods).upper().replace('AND', 'and')}: contextual-corr-analysis", "seconds": seconds}


def score_transformers(model, text):
    """Log-probabilities of every line, in batches of 16 sorted by length."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    torch.set_num_threads(2)
    tokenizer = AutoTokenizer.from_pretrained(model)
    net = AutoModelForCausalLM.from_pretrained(model, dtype=torch.float32).eval()
    tokenizer.pad_token = tokenizer.pad_token or tokenizer.eos_token
    with open(text, encoding="utf8") as f:
        lines = sorted(f.read().splitlines(), key=len)
    begin = time.perf_counter()
    total, tokens = 0.0, 0
    for first in range(0, len(lines), 16):
        encoded = tokenizer(lines[first : first + 16], return_tensors="pt", padding=True, padding_side="right")
        ids, mask = encoded["input_ids"], encoded["attention_mask"][:, 1:]
        with torch.no_grad():
            log_p = net(**encoded).logits[:, :-1].log_softmax(-1).gather(2, ids[:, 1:, None])[..., 0]
        total, tokens = total - float((log_p * mask).sum()), tokens + int(mask.sum())
    return {"name": "score: transformers, batched by length", "seconds": time.perf_counter() - begin, "objective": total / tokens}


def generate_transformers(model, prompts, tokens):
    """Greedy, with cache, a prompt at a time, untouched and with three units of an MLP held."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    torch.set_num_threads(2)
    tokenizer = AutoTokenizer.from_pretrained(model)
    net = AutoModelForCausalLM.from_pretrained(model, dtype=torch.float32).eval()

    def hold(module, inputs):
        x = inputs[0].clone()
        x[..., [3, 100, 777]] = 8.0
        return (x,)

    with open(prompts, encoding="utf8") as f:
        texts = f.read().splitlines()
    begin = time.perf_counter()
    for held in (False, True):
        handle = net.model.layers[20].mlp.down_proj.register_forward_pre_hook(hold) if held else None
        for text in texts:
            ids = tokenizer(text, return_tensors="pt")
            with torch.no_grad():
                net.generate(**ids, max_new_tokens=int(tokens), do_sample=False, pad_token_id=2)
        if handle:
            handle.remove()
    return {"name": "generate: transformers", "seconds": time.perf_counter() - begin}


results, which, *arguments = sys.argv[1:]
entries = globals()[which](*arguments)
for entry in entries if isinstance(entries, list) else [entries]:
    # Work that was timed in part has no process of its own length.
    entry["process"] = entry["seconds"] if "timed" in entry["name"] else time.perf_counter() - started
    entry["mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    with open(results, "a", encoding="utf8") as f:
        f.write(json.dumps(entry) + "\n")
    print(entry, file=sys.stderr, flush=True)
