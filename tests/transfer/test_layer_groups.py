import keras
import pytest

from keras_transfer.encoders import small_cnn
from keras_transfer.transfer import classifier, layer_groups


def names(groups):
    return [[layer.name for layer in group] for group in groups]


def mlp(*units):
    inputs = outputs = keras.Input((4,))
    for name in units:
        outputs = keras.layers.Dense(3, name=name)(outputs)
    return keras.Model(inputs, outputs, name="mlp")


def with_head(encoder):
    inputs = keras.Input(encoder.input_shape[1:])
    features = keras.layers.Dropout(0.1)(encoder(inputs))
    return keras.Model(inputs, keras.layers.Dense(2, name="head")(features))


class TestStructure:
    def test_stages_of_an_encoder_with_a_head(self):
        model = classifier(small_cnn((28, 28, 1), width=2), 3, dropout=0.1)
        groups = names(layer_groups(model))
        assert groups[0] == ["head"] and len(groups) == 4
        assert groups[1] == ["stage3_conv1", "stage3_norm1", "stage3_conv2", "stage3_norm2"]
        assert groups[3][0] == "stage1_conv1"

    def test_frozen_layers_make_no_difference(self):
        model = classifier(small_cnn((8, 8, 1), width=2), 3)
        before = names(layer_groups(model))
        model.trainable = False
        assert names(layer_groups(model)) == before

    def test_flat_network_with_stem_and_final_norm(self):
        names_ = [
            "conv1_conv",
            "conv2_block1_1_conv",
            "conv2_block2_1_conv",
            "conv3_block1_1_conv",
            "post_norm",
            "predictions",
        ]
        assert names(layer_groups(mlp(*names_))) == [
            ["predictions"],
            ["conv3_block1_1_conv", "post_norm"],
            ["conv2_block1_1_conv", "conv2_block2_1_conv"],
            ["conv1_conv"],
        ]

    def test_layers_before_the_first_stage_are_the_last_group(self):
        groups = names(layer_groups(with_head(mlp("embedding", "transformer_layer_0", "norm", "transformer_layer_1"))))
        assert groups == [["head"], ["transformer_layer_1"], ["transformer_layer_0", "norm"], ["embedding"]]

    def test_letters_after_the_number_are_blocks_of_one_stage(self):
        groups = names(layer_groups(mlp("stem_conv", "block1a_conv", "block1d_conv", "block2d_conv", "top_conv", "fc")))
        assert groups == [["fc"], ["block2d_conv", "top_conv"], ["block1a_conv", "block1d_conv"], ["stem_conv"]]

    def test_numbers_that_keras_gives_are_no_stages(self):
        with pytest.raises(ValueError, match="shows no stages or blocks.*depth"):
            layer_groups(with_head(mlp("conv2d", "conv2d_1", "dense_2", "batch_normalization_3")))

    def test_nested_blocks(self):
        class Block(keras.layers.Layer):
            def __init__(self, **kwargs):
                super().__init__(**kwargs)
                self.inner, self.outer = keras.layers.Dense(4, name="inner"), keras.layers.Dense(4, name="outer")

            def build(self, shape):
                self.inner.build(shape)
                self.outer.build(shape)

            def call(self, x):
                return self.outer(self.inner(x))

        inputs = keras.Input((4,))
        encoder = keras.Model(inputs, Block(name="b")(Block(name="a")(keras.layers.Dense(4, name="stem")(inputs))))
        assert names(layer_groups(with_head(encoder))) == [["head"], ["inner", "outer"], ["inner", "outer"], ["stem"]]

    def test_head_of_several_layers_and_a_model_in_a_model(self):
        encoder = keras.Sequential([keras.Input((4,)), mlp("stage1_a", "stage2_a")], name="wrapped")
        inputs = keras.Input((4,))
        outputs = keras.layers.Dense(2, name="out")(keras.layers.Dense(3, name="hidden")(encoder(inputs)))
        assert names(layer_groups(keras.Model(inputs, outputs))) == [["hidden", "out"], ["stage2_a"], ["stage1_a"]]

    def test_keras_application(self):
        model = keras.applications.ResNet50(weights=None, input_shape=(32, 32, 3), classes=4)
        groups = layer_groups(model)
        assert [group[0].name.split("_")[0] for group in groups] == [
            "predictions",
            "conv5",
            "conv4",
            "conv3",
            "conv2",
            "conv1",
        ]
        assert sum(len(layer.trainable_variables) for group in groups for layer in group) == len(
            model.trainable_variables
        )


class TestDepth:
    def test_stages_are_shared_out(self):
        model = classifier(small_cnn((64, 64, 1), width=2), 3)
        groups = names(layer_groups(model, depth=3))
        assert [sorted({name.split("_")[0] for name in group}) for group in groups] == [
            ["head"],
            ["stage3", "stage4"],
            ["stage1", "stage2"],
        ]

    def test_layers_where_there_are_no_stages(self):
        assert names(layer_groups(with_head(mlp("a", "b", "c")), depth=3)) == [["head"], ["c"], ["a", "b"]]
        assert names(layer_groups(mlp("a", "b"), depth=1)) == [["a", "b"]]

    @pytest.mark.parametrize("depth", [-1, 0, 5])
    def test_impossible_depth(self, depth):
        with pytest.raises(ValueError, match=r"between 1 and 4 for.*Received: depth="):
            layer_groups(with_head(mlp("a", "b", "c")), depth=depth)


class TestGiven:
    def model(self):
        return classifier(small_cnn((28, 28, 1), width=2), 3)

    def test_patterns_then_the_rest(self):
        groups = names(layer_groups(self.model(), ["head", ["stage3*", "stage2_*2"], "small_cnn"]))
        assert groups[1][-1] == "stage2_norm2" and len(groups[1]) == 6
        assert groups[2] == [
            "stage1_conv1",
            "stage1_norm1",
            "stage1_conv2",
            "stage1_norm2",
            "stage2_conv1",
            "stage2_norm1",
        ]
        assert names(layer_groups(self.model(), ["head", ["small_cnn/stage3*", "stage2_*2"], "*"])) == groups

    def test_layers_and_models(self):
        model = self.model()
        groups = layer_groups(model, [model.get_layer("head"), [model.get_layer("small_cnn")]])
        assert [len(group) for group in groups] == [1, 12]

    def test_pattern_that_matches_nothing(self):
        with pytest.raises(
            ValueError, match=r"`stage9\*` in group 1 matches no layer with weights. There are: .*stage1_conv1"
        ):
            layer_groups(self.model(), ["head", "stage9*", "*"])

    def test_layer_of_another_model(self):
        with pytest.raises(ValueError, match="`other` in group 0 matches no layer"):
            layer_groups(self.model(), [keras.layers.Dense(2, name="other"), "*"])

    def test_layer_in_two_groups(self):
        with pytest.raises(ValueError, match=r"Layer `small_cnn/stage3_conv1` is in group 1 and again in group 2"):
            layer_groups(self.model(), ["head", "stage3*", "stage*", "*"])

    def test_trainable_variables_in_no_group_are_named(self):
        model = self.model()
        with pytest.raises(ValueError, match=r"in no group: \[.*stage1_conv1/kernel"):
            layer_groups(model, ["head", "stage[23]*"])
        for layer in model.get_layer("small_cnn").layers:
            if layer.name.startswith("stage1"):
                layer.trainable = False
        assert len(layer_groups(model, ["head", "stage[23]*"])) == 2

    def test_nothing_left(self):
        with pytest.raises(ValueError, match="Group 1 is empty"):
            layer_groups(self.model(), ["*", "small_cnn"])

    def test_what_is_neither_name_nor_layer(self):
        with pytest.raises(ValueError, match="made of names, patterns and layers. Received: 3 in group 0"):
            layer_groups(self.model(), [[3]])

    def test_groups_and_depth(self):
        with pytest.raises(ValueError, match="not both"):
            layer_groups(self.model(), ["*"], depth=2)


def test_unbuilt_model():
    with pytest.raises(ValueError, match="call it on a batch first"):
        layer_groups(keras.Sequential([keras.layers.Dense(2)]))
