"""The figure of ``sigkit demo``: trace, coefficient, spectrogram, mel bands, windows, filtered photograph, tensors."""

import numpy as np

from sigkit import features, filters, plot, spectral
from sigkit._extras import require

EXCERPT = 20  # templates side by side: more cannot be told apart
OVERLAID = 200  # windows drawn over each other at most
SOUND = 2000  # Hz: sampled faster than that, a recording is taken for sound
RANGE = 80  # dB from the darkest colour to the brightest
TEMPLATE = "#d97706"
IMPULSES = 0.1  # share of the photograph's samples that noise makes black or white
STEEP = 4  # grey levels per sample, from which the direction of a slope is shown


def frames_of(fs, n):
    """Samples of a frame, from one to the next, points of a transform, and mel bands: for n samples at fs Hz."""
    seconds, share = (0.025, 0.4) if fs >= SOUND else (0.5, 0.1)  # as speech encoders take it; half a heartbeat
    frame = int(min(max(round(seconds * fs), 16), n, 1 << 14))
    n_fft = 1 << (frame - 1).bit_length()
    return frame, max(1, round(share * frame)), n_fft, max(1, min(80, n_fft // 4))


def excerpt(analysis):
    """First sample and number of samples of what is drawn over time."""
    n = min(analysis.record.signal.size, EXCERPT * analysis.template.size)
    return min(max(0, analysis.start - n // 2), analysis.record.signal.size - n), n


def _panel_matches(figure, analysis):
    """The trace and the coefficient, of as many windows as the eye can tell apart."""
    record, length = analysis.record, analysis.template.size
    first, n = excerpt(analysis)
    r = analysis.coefficients[first:first + n - length + 1]
    inside = (analysis.found.positions >= first) & (analysis.found.positions < first + r.size)
    found = analysis.found.positions[inside] - first, analysis.found.coefficients[inside]
    trace, _ = plot.matches(record.signal[first:first + n], r, found, length, threshold=analysis.threshold,
                            fs=record.fs, start=first, axes=figure.subplots(2, sharex=True))
    seconds = np.arange(analysis.start, analysis.stop) / record.fs
    trace.plot(seconds, analysis.template, color=TEMPLATE, linewidth=1.6, label="template")
    trace.legend(loc="upper right", frameon=False)
    part = "" if n == record.signal.size else f", {n:,} of them shown"
    trace.set_title(f"{record.name}: {record.signal.size:,} samples{part}; "
                    f"{analysis.found.positions.size:,} matches with r >= {analysis.threshold:g}",
                    fontsize="medium", parse_math=False)  # a file's name may hold dollars


def _panel_spectra(figure, analysis):
    """The spectrogram of the same samples, and their mel bands."""
    record = analysis.record
    first, n = excerpt(analysis)
    samples, fs = record.signal[first:first + n], record.fs
    frame, hop, n_fft, bands = frames_of(fs, n)
    upper, lower = figure.subplots(2, sharex=True)
    start = {"fs": fs, "hop_length": hop, "start": first / fs}
    power = spectral.spectrogram(samples, fs=fs, n_fft=n_fft, win_length=frame, hop_length=hop, scaling="spectrum",
                                 pad_mode="reflect", db=True, amin=1e-300)
    top = power.max(where=np.isfinite(power), initial=-np.inf)
    plot.specshow(power, **start, vmin=top - RANGE if top > -np.inf else None, colorbar="dB", axes=upper)
    mel = features.log_mel(samples, fs=fs, frame_length=frame, hop_length=hop, n_fft=n_fft, n_mels=bands, floor=1e-300)
    plot.specshow(mel, **start, y_axis="mel", layout="tf", colorbar="ln", axes=lower,
                  vmin=mel.max() - RANGE * np.log(10) / 10 if np.isfinite(mel).all() else None)
    for axes in (upper, lower):
        axes.set_xlim(first / fs, (first + n - 1) / fs)
    upper.set_xlabel("")
    upper.set_title(f"spectrogram: frames of {_milliseconds(frame / fs)} every {_milliseconds(hop / fs)}",
                    fontsize="medium")
    lower.set_title(f"log energy in {bands} mel bands, " + (
        "as speech encoders take it" if fs >= SOUND else "equally wide: the mel scale is linear below 1 kHz"),
                    fontsize="medium")


def _milliseconds(seconds):
    return f"{1e3 * seconds:.3g} ms"


def _panel_windows(figure, analysis):
    """The normalised windows over each other."""
    axes, windows = figure.subplots(), analysis.windows[:, 0]
    milliseconds = 1e3 * np.arange(analysis.template.size) / analysis.record.fs
    shown = windows[::-(-len(windows) // OVERLAID) or 1]
    axes.plot(milliseconds, shown.T, color=plot.MATCH, linewidth=0.8, alpha=max(0.1, 0.8 / max(1, len(shown)) ** 0.5))
    if len(windows):
        axes.plot(milliseconds, windows.mean(axis=0, dtype=np.float64), color=plot.TRACE, linewidth=1.6, label="mean")
        axes.legend(loc="upper right", frameon=False)
    axes.set_title(f"{len(windows):,} windows as the network gets them: zero mean, unit variance", fontsize="medium")
    axes.set(xlabel="time in the window (ms)", ylabel="standard deviations", xlim=(0, milliseconds[-1]))
    axes.grid(alpha=0.25)
    axes.spines[["top", "right"]].set_visible(False)


def _panel_filters(figure, image):
    """A photograph: noise and what takes it away, and what stands out where it changes."""
    noise = np.random.default_rng(1).random(image.shape)
    noisy = np.where(noise < IMPULSES, np.uint8(255) * (noise < IMPULSES / 2), image)
    slope = filters.gradient(image, "gaussian", sigma=1.5)
    steep = np.where(slope.magnitude > STEEP, np.degrees(slope.direction), np.nan)
    log = filters.gaussian_laplace(image, 2, output=np.float32)
    grey = {"cmap": "gray", "vmin": 0, "vmax": 255}
    pictures = {
        "a photograph, uint8": (image, grey),
        f"{IMPULSES:.0%} of its samples black or white": (noisy, grey),
        "gaussian_filter, sigma 1.5": (filters.gaussian_filter(noisy, 1.5), grey),
        "median_filter, 3 x 3": (filters.median_filter(noisy, 3), grey),
        "gradient of sigma 1.5: magnitude": (slope.magnitude, {"cmap": "magma", "vmin": 0, "vmax": 40}),
        "its direction, where it is steep": (steep, {"cmap": "hsv", "vmin": -180, "vmax": 180}),
        "gaussian_laplace, sigma 2": (log, {"cmap": "RdBu_r", "vmin": -12, "vmax": 12}),
        "local_normalize, sigma 16": (filters.local_normalize(image, 16), {"cmap": "gray", "vmin": -2.5, "vmax": 2.5}),
    }
    figure.suptitle(f"sigkit.filters on {image.shape[0]} x {image.shape[1]} samples", fontsize="medium")
    for axes, (title, (picture, colours)) in zip(figure.subplots(2, 4).flat, pictures.items(), strict=True):
        axes.imshow(picture, **colours)
        axes.set_title(title, fontsize="small")
        axes.set(xticks=[], yticks=[], facecolor="black")  # where there is no direction


def _panel_tensors(figure, made):
    """The padded recordings, and channels of spectra."""
    figure.suptitle("sigkit.network_input: what networks take", fontsize="medium")
    left, *others = figure.subplots(1, 4)
    left.imshow(np.where(made["mask"], made["beats"][:, 0], np.nan), aspect="auto", cmap="RdBu_r", vmin=-3, vmax=3,
                interpolation="nearest")  # fmt: skip
    left.set_title(f"beats {made['beats'].shape}, padded", fontsize="small")
    left.set(xlabel="samples", facecolor="0.8")
    magnitude, cosine, _ = made["spectrum"]
    pictures = {"spectrum[0], log magnitude": (magnitude, "magma", "lower"),
                "spectrum[1], cosine of the phase": (cosine, "twilight", "lower"),
                "tiles[0, 0], log magnitude": (made["tiles"][0, 0], "magma", "upper")}  # fmt: skip
    for axes, (title, (picture, colours, origin)) in zip(others, pictures.items(), strict=True):
        axes.imshow(picture, aspect="auto", cmap=colours, origin=origin, interpolation="nearest")
        axes.set_title(title, fontsize="small")
        axes.set(xticks=[], yticks=[], facecolor="black")


PANELS = (  # down, with inches
    (_panel_matches, 5), (_panel_spectra, 5), (_panel_windows, 3), (_panel_filters, 6), (_panel_tensors, 3),
)  # fmt: skip


def draw(analysis, image, made, path):
    """The whole figure: of a recording, a photograph, and the tensors made of them."""
    figure = require("matplotlib.figure", "demo").Figure  # without pyplot: no backend, no window, nothing to close
    height = [inches for _, inches in PANELS]
    whole = figure(figsize=(11, sum(height)), layout="constrained")
    for part, (draw, _) in zip(whole.subfigures(len(PANELS), height_ratios=height), PANELS, strict=True):
        draw(part, {_panel_filters: image, _panel_tensors: made}.get(draw, analysis))
    whole.savefig(path, format="png", dpi=130)
    return path
