"""Schema of the text template's config."""

from pathlib import Path

from keras_transfer.project.field import Field
from keras_transfer.project.shared_sections import (
    data_section,
    evaluate_section,
    finetune_section,
    pretrain_section,
    run_section,
)

OBJECTIVES = {
    "masked_lm": "fill in hidden tokens (BERT)",
    "electra": "tell which tokens a small generator has replaced",
    "causal_lm": "foretell each next token (GPT)",
    "simcse": "know a sentence again under another dropout",
    "span_corruption": "write the spans that were cut out (T5; takes an encoder with a decoder)",
    "denoising_seq2seq": "write the whole text from a spoilt one (BART; takes an encoder with a decoder)",
}
ENCODERS = {
    "auto": "transformer; for span_corruption and denoising_seq2seq bart",
    "transformer": "a small pre-norm transformer that reads several short texts a row",
    "bert": "keras-hub's BertBackbone; tiny: 2 layers, 2 heads, 128 wide; small: 4, 8, 512; base: 12, 12, 768",
    "bart": "keras-hub's BartBackbone, with a decoder for pretraining",
}
TOKENIZERS = {
    "unigram": "parts of text, no spaces needed between words (Chinese, Japanese, Thai)",
    "bpe": "parts of text by merging pairs, no spaces needed either",
    "wordpiece": "words and parts of words, as BERT has them; rare words of small corpora fall to pieces",
    "characters": "every character found",
    "bytes": "nothing to learn, long rows",
}
PER = {"line": "one text a line", "file": "one text a file, its folder's name the label"}
POOLS = {"mean": "the mean of a text's vectors", "start": "the vector of its first token"}
TASKS = {
    "classification": "one class a text",
    "pairs": "one class a pair of texts, the columns text and text_2",
    "tokens": "one tag a word, such as named entities: CoNLL files, or .jsonl with tokens and tags",
    "questions": "which words of a text answer a question, if any: SQuAD's .json, or .jsonl with question, context and answers",
    "writing": "the text that belongs to a text: summaries, translations; the columns text and text_2",
    "retrieval": "which text belongs to a text: questions and answers, titles and bodies; the columns text and text_2",
}


def text_schema():
    """Schema of the text template's config: a new nested `dict` of `Field`, yours to extend."""
    fixed = {"fixed_by": "pretrain"}
    data = data_section("a .txt, .csv (text,label), .jsonl, each also .gz, or a folder")
    return {
        "data": {
            **data,
            "per": Field(str, "line", choices=PER, help="What is one text in a .txt.", **fixed),
            "length": Field(
                int,
                None,
                minimum=3,
                help="Tokens of a text; left out: what holds 95 of 100, 64 at most; of pairs and tokens 128, questions 256.",
                **fixed,
            ),
        },
        "tokenizer": {
            "kind": Field(str, "unigram", choices=TOKENIZERS, help="How texts become tokens.", **fixed),
            "vocabulary_size": Field(int, 8000, minimum=16, help="Tokens at most; small corpora give fewer.", **fixed),
            "lowercase": Field(bool, True, help="Whether case is folded.", **fixed),
        },
        "encoder": {
            "name": Field(str, "auto", choices=ENCODERS, help="The network that is pretrained.", **fixed),
            "layers": Field(int, 1, minimum=1, help="Blocks; more for more text.", **fixed),
            "heads": Field(int, 4, minimum=1, help="Attention heads; must divide the width.", **fixed),
            "width": Field(int, 128, minimum=2, help="Features of a token.", **fixed),
            "dropout": Field(float, 0.1, minimum=0, below=1, help="While training.", **fixed),
            "pool": Field(str, "mean", choices=POOLS, help="What stands for a whole text.", **fixed),
            "folder": Field(
                Path,
                None,
                help="A checkpoint to go on from, in Hugging Face's or keras-hub's format, with its tokenizer.",
                **fixed,
            ),
        },
        "pretrain": pretrain_section(
            OBJECTIVES,
            "masked_lm",
            batch_size=Field(int, 16, minimum=2, help="Rows, of all devices together.", **fixed),
            learning_rate=Field(float, None, above=0, help="At its peak; left out: by the encoder.", **fixed),
            weight_decay=Field(float, 1e-2, minimum=0, help="Strength of weight decay.", **fixed),
            mask_ratio=Field(float, 0.3, above=0, below=1, help="Share of tokens hidden or spoilt.", **fixed),
            whole_words=Field(bool, False, help="Hide words whole; for languages with spaces between them.", **fixed),
            span_length=Field(
                float, None, minimum=1, help="Mean length of hidden spans; left out: the objective's own.", **fixed
            ),
            temperature=Field(float, 0.05, above=0, help="Of simcse; lower looks at harder pairs.", **fixed),
        ),
        "finetune": {
            "task": Field(str, "classification", choices=TASKS, help="What the labels are.", **fixed),
            **finetune_section(),
        },
        "evaluate": evaluate_section(),
        "run": run_section(),
    }
