"""Images, text and tables from disk to batches; views; audit."""

from keras_transfer.data.audit import audit
from keras_transfer.data.audit_report import AuditReport
from keras_transfer.data.audit_table import audit_table
from keras_transfer.data.audit_texts import audit_texts
from keras_transfer.data.batches import batches
from keras_transfer.data.cut_mix import cut_mix
from keras_transfer.data.document import Document
from keras_transfer.data.image_batches import image_batches
from keras_transfer.data.image_data import ImageData
from keras_transfer.data.image_shards import ImageShards
from keras_transfer.data.load_images import load_images
from keras_transfer.data.load_pairs import load_pairs
from keras_transfer.data.load_questions import load_questions
from keras_transfer.data.load_tagged import load_tagged
from keras_transfer.data.load_texts import load_texts
from keras_transfer.data.load_tokenizer import load_tokenizer
from keras_transfer.data.mix_up import mix_up
from keras_transfer.data.multi_crop import multi_crop
from keras_transfer.data.normal import normal
from keras_transfer.data.pack import pack
from keras_transfer.data.pair_data import PairData
from keras_transfer.data.paired_batches import paired_batches
from keras_transfer.data.part_audit import PartAudit
from keras_transfer.data.preset_tokenizer import PresetTokenizer
from keras_transfer.data.pretraining_rows import pretraining_rows
from keras_transfer.data.question import Question
from keras_transfer.data.question_rows import question_rows
from keras_transfer.data.question_window import QuestionWindow
from keras_transfer.data.rand_augment import rand_augment
from keras_transfer.data.read_documents import read_documents
from keras_transfer.data.read_questions import read_questions
from keras_transfer.data.read_records import read_records
from keras_transfer.data.read_tagged import read_tagged
from keras_transfer.data.set_epoch import set_epoch
from keras_transfer.data.shard import shard
from keras_transfer.data.split_seeds import split_seeds
from keras_transfer.data.steps_per_epoch import steps_per_epoch
from keras_transfer.data.stratified_split import stratified_split
from keras_transfer.data.table_audit import TableAudit
from keras_transfer.data.tagged_rows import tagged_rows
from keras_transfer.data.tagged_sentence import TaggedSentence
from keras_transfer.data.task_batches import task_batches
from keras_transfer.data.text_data import TextData
from keras_transfer.data.text_tokenizer import TextTokenizer
from keras_transfer.data.token_windows import token_windows
from keras_transfer.data.train_tokenizer import train_tokenizer
from keras_transfer.data.two_views import two_views
from keras_transfer.data.uniform import uniform
from keras_transfer.data.view import view
from keras_transfer.data.view_recipe import ViewRecipe
from keras_transfer.data.word_pieces import word_pieces
from keras_transfer.data.word_spans import word_spans
from keras_transfer.data.write_records import write_records

__all__ = [
    "AuditReport",
    "Document",
    "ImageData",
    "ImageShards",
    "PairData",
    "PartAudit",
    "PresetTokenizer",
    "Question",
    "QuestionWindow",
    "TableAudit",
    "TaggedSentence",
    "TextData",
    "TextTokenizer",
    "ViewRecipe",
    "audit",
    "audit_table",
    "audit_texts",
    "batches",
    "cut_mix",
    "image_batches",
    "load_images",
    "load_pairs",
    "load_questions",
    "load_tagged",
    "load_texts",
    "load_tokenizer",
    "mix_up",
    "multi_crop",
    "normal",
    "pack",
    "paired_batches",
    "pretraining_rows",
    "question_rows",
    "rand_augment",
    "read_documents",
    "read_questions",
    "read_records",
    "read_tagged",
    "set_epoch",
    "shard",
    "split_seeds",
    "steps_per_epoch",
    "stratified_split",
    "tagged_rows",
    "task_batches",
    "token_windows",
    "train_tokenizer",
    "two_views",
    "uniform",
    "view",
    "word_pieces",
    "word_spans",
    "write_records",
]
