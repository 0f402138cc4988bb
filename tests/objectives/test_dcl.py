import numpy as np

from keras_transfer.objectives import DCL
from tests.losses.test_dcl_loss import slow, views
from tests.objectives.two_view_case import TwoViewCase


class TestDCL(TwoViewCase):
    def make(self):
        return DCL(self.encoder(), temperature=0.5, projection=(8, 4))

    def test_loss_is_the_decoupled_one(self):
        losses = self.make().example_losses(None, views())
        np.testing.assert_allclose(losses, slow(*views(), 0.5), rtol=1e-5)
