"""The scripts in examples/ run, and what they say in words and figures is what their numbers say."""

import importlib.util
import pathlib

import numpy as np
import pytest

import sigkit
from sigkit import filter_design

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "examples"
SHARP = ["finite differences", "spline, quintic", "sinc, 31 taps", "fourier"]  # from the largest error on


def load(name):
    spec = importlib.util.spec_from_file_location(name, FOLDER / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def laplace_kernels():
    return load("laplace_kernels")


@pytest.fixture(scope="module")
def found(laplace_kernels):
    return laplace_kernels.measure(96, 1)


def test_the_image_is_band_limited_and_its_laplacian_the_true_one(laplace_kernels):
    image, laplacian = laplace_kernels.band_limited_image(64, np.random.default_rng(3))
    spectrum = np.fft.fft2(image)
    f = np.fft.fftfreq(64)
    distance = np.hypot(f[:, None], f)
    rounding = 64**2 * 1e-13
    assert abs(spectrum[distance > laplace_kernels.BAND]).max() < rounding
    assert abs(spectrum[(distance > 0) & (distance <= laplace_kernels.BAND)]).max() > 1
    assert abs(np.fft.fft2(laplacian) + (2 * np.pi * distance) ** 2 * spectrum).max() < rounding
    assert abs(image.std() - 1) < 1e-14


def test_sharp_kernels_win_without_noise(laplace_kernels, found):
    log = laplace_kernels.LOG
    assert [*found.of_methods] == [*SHARP, log] and laplace_kernels.LEVELS[0] == 0
    without = [found.of_methods[name][0] for name in (log, *SHARP)]
    assert without == sorted(without, reverse=True)
    assert found.of_methods["fourier"][0] < 1e-12 < found.of_methods["sinc, 31 taps"][0] < 1e-4
    assert found.of_methods["finite differences"][0] < found.of_methods[log][0] / 3


def test_the_laplacian_of_gaussian_wins_with_noise(laplace_kernels, found):
    assert abs(laplace_kernels.LEVELS[-1] - 0.1) < 1e-15
    log = found.of_methods[laplace_kernels.LOG]
    for name in SHARP:
        assert log[-1] < found.of_methods[name][-1] / 2
    # Of all sigmas tried, those about 0.8 are best with 5 and 10 % of noise, and the best grows with the noise.
    best = laplace_kernels.SIGMAS[found.of_sigmas.argmin(axis=1)]
    assert (np.diff(best) > 0).all()
    assert np.array_equal(laplace_kernels.SIGMA_LEVELS[-2:], (0.05, 0.1)) and abs(best[-2:] - 0.8).max() < 0.11
    assert found.of_sigmas[-1].min() > 0.9 * log[-1]


def test_the_curves_cross_where_it_is_said(laplace_kernels, found):
    levels, log = laplace_kernels.LEVELS, found.of_methods[laplace_kernels.LOG]
    assert [*found.crossings] == SHARP
    for name, at in found.crossings.items():
        assert 0.005 < at < 0.04
        sharp = found.of_methods[name]
        assert (sharp[levels < at] < log[levels < at]).all() and (sharp[levels > at] > log[levels > at]).all()
    assert laplace_kernels.crossing(log + 1, log) is laplace_kernels.crossing(log - 1, log) is None


def test_errors_are_those_of_responses_and_noise_gains(laplace_kernels, found):
    """Error squared = that without noise, plus the noise through the kernel: its gain over the Laplacian's own size."""
    image, exact = laplace_kernels.band_limited_image(96, np.random.default_rng(1))
    for name, kernel in laplace_kernels.kernels(96).items():
        errors = found.of_methods[name]
        gain = filter_design.noise_gain(kernel) / exact.std()
        expected = np.sqrt(errors[0] ** 2 + (gain * laplace_kernels.LEVELS) ** 2)
        # 96**2 samples of noise have a standard deviation that is off by 0.7 % of it; the kernels leave fewer free ones
        assert abs(errors / expected - 1)[1:].max() < 0.05, name


def test_command(laplace_kernels, tmp_path, capsys):
    path = tmp_path / "figure.png"
    found = laplace_kernels.main(["--output", str(path), "--size", "48", "--seed", "2"])
    lines = capsys.readouterr().out.splitlines()
    assert path.read_bytes().startswith(b"\x89PNG\r\n") and lines[-1] == f"figure: {path}"
    for name, errors in found.of_methods.items():
        (line,) = [line for line in lines if line.startswith(f"{name}  ")]
        printed = [float(word) for word in line[34:].split("from")[0].split()]
        assert printed[0] == float(f"{errors[0]:.2g}") and printed[-1] == float(f"{errors[-1]:.2g}")
    again = laplace_kernels.measure(48, 2)
    for name, errors in found.of_methods.items():
        assert np.array_equal(errors, again.of_methods[name])
    for options in (["--size", "31"], ["--seed", "-1"], ["--size", "x"]):
        with pytest.raises(SystemExit) as stop:
            laplace_kernels.main([*options, "--output", str(tmp_path / "other.png")])
        assert stop.value.code == 2
    assert not (tmp_path / "other.png").exists()


@pytest.fixture(scope="module")
def redundant_neurons():
    pytest.importorskip("torch", reason="torch is not installed")
    return load("redundant_neurons")


@pytest.fixture(scope="module")
def trained(redundant_neurons):
    return redundant_neurons.measure(redundant_neurons.SEEDS)


def test_the_penalty_leaves_fewer_redundant_neurons(redundant_neurons, trained):
    assert len(trained) == 3
    plain, penalized = redundant_neurons.totals(trained)
    assert plain[0] >= 3 and plain[1] >= 3, "nothing to remove"
    assert penalized[0] < plain[0] and penalized[1] < plain[1]
    assert abs(penalized[2] / plain[2] - 1) <= 0.02
    for run, other in trained:
        assert 0.5 < run.error < 0.8  # the noise limits both, and they have learnt something
        without, with_it = (sigkit.decorrelation_penalty(x.weights).value for x in (run, other))
        assert with_it < without / 10


def test_groups_are_those_of_the_weights(redundant_neurons, trained):
    """Told without sigkit: within a group some other row is alike, outside none."""
    for run in (run for pair in trained for run in pair):
        weights = run.weights.astype(np.float64)
        with np.errstate(invalid="ignore"):
            alike = {"pearson": np.corrcoef(weights) >= redundant_neurons.PEARSON,
                     "mad": abs(weights[:, None] - weights).mean(-1) <= redundant_neurons.MAD * weights.std()}
        for metric, groups in run.groups.items():
            label = np.arange(100, 116)
            for number, group in enumerate(groups):
                label[list(group)] = number
            same = label[:, None] == label
            np.fill_diagonal(alike[metric], False)
            assert not (alike[metric] & ~same).any() and (alike[metric].any(1) == (label < 100)).all()


def test_command_of_redundant_neurons(redundant_neurons, trained, tmp_path, capsys, monkeypatch):
    path = tmp_path / "figure.png"
    monkeypatch.setattr(redundant_neurons, "measure", lambda seeds: [trained[seed] for seed in seeds])
    redundant_neurons.main(["--output", str(path), "--seeds", "1", "0"])
    lines = capsys.readouterr().out.splitlines()
    assert path.read_bytes().startswith(b"\x89PNG\r\n") and lines[-1] == f"figure: {path}"
    (line,) = [line for line in lines if line.startswith("seed 1")]
    assert line.split()[2:] == [
        text for run in trained[1] for text in (*(str(len(g)) for g in run.groups.values()), f"{run.error:.4f}")
    ]
    monkeypatch.undo()
    for options in (["--seeds", "-1"], ["--seeds", "x"]):
        with pytest.raises(SystemExit) as stop:
            redundant_neurons.main([*options, "--output", str(tmp_path / "other.png")])
        assert stop.value.code == 2
    assert not (tmp_path / "other.png").exists()


def test_gradient_in_the_loss_is_that_of_the_penalty(redundant_neurons, rng):
    torch = pytest.importorskip("torch", reason="torch is not installed")
    weights = torch.tensor(rng.standard_normal((5, 9)), requires_grad=True)
    assert torch.autograd.gradcheck(redundant_neurons.Correlation.apply, (weights,), atol=1e-8)


# ---------------------------------------------------------------------------------------------------- earthquakes


@pytest.fixture(scope="module")
def earthquakes():
    if importlib.util.find_spec("obspy") is None:
        pytest.skip("ObsPy is not installed")
    return load("earthquakes")


@pytest.fixture(scope="module")
def quakes(earthquakes):
    return earthquakes.measure(seed=1, draws=4)


def test_the_known_events_are_found_and_no_others(quakes):
    assert quakes.data.shape[0] == 6 and len(quakes.known) == len(quakes.times) == 4
    assert abs(quakes.times - quakes.known).max() < 0.3
    assert (quakes.coefficients > quakes.threshold).all()
    first, small, middle, repeat = quakes.coefficients
    assert quakes.stack.max() == pytest.approx(1, abs=1e-12) and 0 <= first - quakes.stack.max() < 1e-3
    assert repeat > 0.9 and middle > 0.6 and small > 0.3
    outside = (abs(np.arange(quakes.stack.size)[:, None] / 50 - quakes.times) > 0.5).all(axis=1)
    assert quakes.stack[outside].max() < quakes.threshold < 0.3


def test_the_first_event_dwarfs_the_others(quakes):
    """So that what their energy tells is little."""
    peaks = [abs(quakes.data[:, round(50 * time) :][:, :150]).max(axis=1) for time in quakes.times]
    assert (peaks[0] > 6 * peaks[3]).all() and max(peaks[0] / peaks[1]) > 250 and max(peaks[0] / peaks[2]) > 180


def test_the_network_finds_more_than_a_channel_or_a_trigger(earthquakes, quakes):
    network, channel, trigger = (np.array(rates) for rates in quakes.rates.values())
    assert [*quakes.rates] == ["network", "best channel", "energy trigger"]
    assert network[0] == 4 > trigger[0] and network[1] == 4  # which the trigger never finds
    assert (network >= channel).all() and (network >= trigger).all()
    assert (network[1:3] > channel[1:3]).all() and (network[1:] > trigger[1:]).sum() >= 3
    assert earthquakes.hits(np.array([1.0, 5.0, 5.1]), np.array([0.5, 5.0, 9.0])) == 2


def test_coefficients_of_earthquakes_are_obspys_where_those_are_right(quakes):
    agree, ours, theirs = quakes.differences.values()
    assert agree < 1e-12 and ours < 1e-12 and theirs > 0.01


def test_earthquakes_command(earthquakes, tmp_path, capsys):
    path = tmp_path / "figure.png"
    found = earthquakes.main(["--output", str(path), "--draws", "1", "--seed", "3"])
    lines = capsys.readouterr().out.splitlines()
    assert path.read_bytes().startswith(b"\x89PNG\r\n") and lines[-1] == f"figure: {path}"
    printed = [line.split() for line in lines if line.endswith("deviations")]
    assert [words[0][:8] for words in printed] == ["16:24:33", "16:25:26", "16:27:02", "16:27:30"]
    assert [float(words[1]) for words in printed] == [round(value, 3) for value in found.coefficients]
    for options in (["--draws", "0"], ["--seed", "-1"], ["--draws", "x"]):
        with pytest.raises(SystemExit) as stop:
            earthquakes.main([*options, "--output", str(tmp_path / "other.png")])
        assert stop.value.code == 2
    assert not (tmp_path / "other.png").exists()


def test_a_word_is_found_in_a_photograph(tmp_path, capsys):
    example = load("template_matching")
    found = example.main(["--output", str(tmp_path / "page.png")])
    assert [tuple(place) for place in found.matches.positions.tolist()] == example.WORDS
    assert found.beside < example.THRESHOLD - 0.02 and not any(example.is_word(place) for place in found.brightest)
    assert found.moved <= 2e-6  # each of two results within 1e-6
    assert "coefficients of 0.6 and more: 3" in capsys.readouterr().out
    assert (tmp_path / "page.png").read_bytes().startswith(b"\x89PNG")
