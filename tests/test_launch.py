from runner import launch


def test_the_processes_of_a_launcher_work_in_one_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    handed = []
    monkeypatch.setattr(launch, "hand_over", lambda command, overrides: handed.append(overrides) or 0)
    for words in ([], ["hydra.sweep.dir=outputs/mine"]):
        assert launch.launch(["-m", "hydra/launcher=basic", "model=mlp,linear", *words]) == 0
    (folder,) = (tmp_path / "outputs").iterdir()  # its name was drawn here, once, and not in each process anew
    drawn, given = (next(word for word in words if word.startswith("hydra.sweep.dir=")) for words in handed)
    assert drawn == f"hydra.sweep.dir='outputs/{folder.name}'"
    assert given == "hydra.sweep.dir='outputs/mine'"
