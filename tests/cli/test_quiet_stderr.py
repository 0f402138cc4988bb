import io

from keras_transfer.cli.quiet_stderr import pass_on


def test_only_the_notes_on_the_machine_are_left_out():
    said = io.BytesIO(
        b"WARNING: All log messages before absl::InitializeLog() is called are written to STDERR\n"
        b"I0000 00:00:1795 1 port.cc:153] oneDNN custom operations are on.\n"
        b"E0000 00:00:1795 1 cuda_platform.cc:52] failed call to cuInit: INTERNAL\n"
        b"E0000 00:00:1795 1 util.cc:131] oneDNN supports DT_INT64 only on platforms with AVX-512.\n"
        b"E0000 00:00:1795 1 out_of_memory.cc:1] no memory\n"
        b"error: no such file\n"
    )
    shown = io.BytesIO()
    pass_on(said, shown).join()
    assert shown.getvalue() == b"E0000 00:00:1795 1 out_of_memory.cc:1] no memory\nerror: no such file\n"
