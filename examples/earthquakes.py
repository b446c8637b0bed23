"""Small earthquakes that repeat a larger one, found by its shape in six channels of four stations, in a figure.

    python examples/earthquakes.py --output earthquakes.png

The records are those of ObsPy's trigger tutorial (extra `demo`): four minutes of the stations UH1 to UH4 in Bavaria on
27 May 2010, with four events that are known to repeat each other: ObsPy's coincidence trigger, which compares what it
is triggered by with templates, finds them in its own tests. The first is up to 300 times as large as the others. It is
cut out as a template, each channel 3 s from the arrival of the wave on, and `sigkit.matched_filter` adds up the
coefficients of all channels, each read at its own moveout. The same is done with noise added, beside the best one of
the channels alone and a trigger that looks at the energy.

A detection is a maximum above 10 median absolute deviations of the stack; 8 to 12 are usual.
"""

import argparse
import warnings
from pathlib import Path
from typing import NamedTuple

import numpy as np
import scipy.signal

import sigkit

CHANNELS = "UH1._.SHZ", "UH2._.SHZ", "UH3._.SHE", "UH3._.SHN", "UH3._.SHZ", "UH4._.EHZ"
FS = 50.0
BAND = 3, 20  # Hz: where the events stand out of the noise
TRIGGER_BAND = 10, 20  # as in ObsPy's tests
SECONDS = 3.0  # of a template
MASTER = "2010-05-27T16:24:32.0", 4.0  # the window of the event that is the template, in seconds
DEVIATIONS = 10  # of the stack that a detection must have
TRIGGER = {"thr_on": 5, "thr_off": 1, "sta": 0.5, "lta": 10, "thr_coincidence_sum": 3}
KNOWN = "16:24:33.21", "16:25:26.71", "16:27:02.26", "16:27:30.51"  # in ObsPy's tests of `coincidence_trigger`
LEVELS = 0, 0.001, 0.003, 0.01, 0.03, 0.1  # standard deviation of the noise added, over the peak of the template


class Found(NamedTuple):
    """What `measure` finds. Times are in seconds from the first sample on."""

    start: object  # UTCDateTime of the first sample
    data: np.ndarray  # (channels, samples)
    moveouts: np.ndarray  # samples, of each channel
    known: np.ndarray  # the events of KNOWN
    stack: np.ndarray
    threshold: float
    times: np.ndarray  # of the detections
    coefficients: np.ndarray
    rates: dict  # {who: found events over LEVELS}, of len(known), the mean over the draws of the noise
    differences: dict  # {what: the largest difference of coefficients}


def obspy_modules():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what its own calls of the standard library are warned of
        import obspy
        import obspy.signal.cross_correlation
        import obspy.signal.trigger
    return obspy


def records():
    """The six channels at 50 Hz, from the first time on that all of them have; that time."""
    obspy = obspy_modules()
    traces = [obspy.read(f"/path/to/BW.{name}.D.2010.147.cut.slist.gz")[0] for name in CHANNELS]  # one of its examples
    start = max(trace.stats.starttime for trace in traces)
    lines = []
    for trace in traces:
        line = trace.data.astype(np.float64)
        rate = trace.stats.sampling_rate
        if rate != FS:
            line = sigkit.resample_poly(line, 1, round(rate / FS))
        lines.append(line[round((start - trace.stats.starttime) * FS) :])
    length = min(map(len, lines))
    return np.stack([line[:length] for line in lines]), start


def filtered(data, band=BAND):
    """Between these frequencies; no phase is shifted."""
    taps = scipy.signal.firwin(101, band, fs=FS, pass_zero=False)
    return sigkit.convolve(data, taps, "same", axis=-1)


def arrivals(data, start):
    """The sample at which the wave of the template's event arrives at each station: where the energy of half a second
    rises most over that of the five seconds before."""
    obspy = obspy_modules()
    first = round((obspy.UTCDateTime(MASTER[0]) - start) * FS)
    window = slice(first, first + round(MASTER[1] * FS))
    stations = [name.split(".")[0] for name in CHANNELS]
    energy = {s: sum(line**2 for line, name in zip(data, stations, strict=True) if name == s) for s in stations}
    ratio = {s: obspy.signal.trigger.classic_sta_lta(np.sqrt(e), int(0.5 * FS), int(5 * FS)) for s, e in energy.items()}
    return np.array([first + ratio[s][window].argmax() for s in stations])


def triggered(data):
    """The times at which ObsPy's trigger goes off at three of the four stations, by their vertical channels."""
    obspy = obspy_modules()
    stream = obspy.Stream()
    for line, name in zip(filtered(data, TRIGGER_BAND), CHANNELS, strict=True):
        if name.endswith("Z"):
            station, _, channel = name.split(".")
            header = {"sampling_rate": FS, "network": "BW", "station": station, "channel": channel}
            stream.append(obspy.Trace(line.copy(), header))
    events = obspy.signal.trigger.coincidence_trigger("classicstalta", stream=stream, **TRIGGER)
    return np.array([event["time"].timestamp for event in events])


def detections(stack, length):
    """The matches above DEVIATIONS, in seconds, their coefficients, and the threshold."""
    threshold = DEVIATIONS * np.median(abs(stack - np.median(stack)))
    found = sigkit.find_matches(stack, threshold, length, subpixel=True)
    return found.positions / FS, found.coefficients, threshold


def hits(times, known):
    """How many known events have a detection within a second."""
    return sum(bool((abs(times - event) < 1).any()) for event in known)


def measure(seed, draws):
    rng = np.random.default_rng(seed)
    raw, start = records()
    data = filtered(raw)
    places = arrivals(data, start) - round(0.2 * FS)
    first, length = places.min(), round(SECONDS * FS)
    moveouts = places - first
    template = np.stack([line[place : place + length] for line, place in zip(data, places, strict=True)])
    known = np.array([obspy_modules().UTCDateTime(f"{MASTER[0][:11]}{time}") - start for time in KNOWN])
    lead = first / FS - known[0]  # from the trigger's time to the template's

    stack = sigkit.matched_filter(template, moveouts[None], 1 / len(data), data)[0]
    times, coefficients, threshold = detections(stack, length)

    peaks = abs(template).max(axis=1, keepdims=True)
    rates = {"network": [], "best channel": [], "energy trigger": []}
    for level in LEVELS:
        counts = []
        for _ in range(draws if level else 1):
            noise = level * peaks * rng.standard_normal(data.shape)
            noisy = data + filtered(noise)
            network = sigkit.matched_filter(template, moveouts[None], 1 / len(data), noisy)[0]
            alone = [detections(r, length)[0] - moveout / FS - lead
                     for r, moveout in zip(map(sigkit.sliding_pearson, noisy, template), moveouts, strict=True)]
            counts.append((hits(detections(network, length)[0] - lead, known),
                           max(hits(one, known) for one in alone), hits(triggered(raw + noise), known)))  # fmt: skip
        for name, mean in zip(rates, np.mean(counts, axis=0), strict=True):
            rates[name].append(mean)

    correlate_template = obspy_modules().signal.cross_correlation.correlate_template
    line, offset = raw[0], round(1e6 * raw[0].std())  # counts of a digitiser: their sum with this is exact
    part = line[places[0] : places[0] + length]
    ours, theirs = sigkit.sliding_pearson(line, part), correlate_template(line, part)
    ours_far = sigkit.sliding_pearson(line + offset, part + offset)
    with np.errstate(all="ignore"):
        theirs_far = correlate_template(line + offset, part + offset)
    differences = {"sigkit and ObsPy": abs(ours - theirs).max(),
                   "sigkit, with an offset of 1e6 standard deviations": abs(ours_far - ours).max(),
                   "ObsPy, with that offset": np.nanmax(abs(theirs_far - theirs))}  # fmt: skip
    return Found(start, data, moveouts, known, stack, threshold, times, coefficients, rates, differences)


def table(found):
    """The lines that are printed."""
    yield f"{len(found.data)} channels of 4 stations, {found.data.shape[1] / FS:.0f} s from {found.start} on"
    yield "moveouts: " + ", ".join(f"{name.replace('._', '')} {1000 * move / FS:.0f} ms"
                                   for name, move in zip(CHANNELS, found.moveouts, strict=True))  # fmt: skip
    yield f"detections above {found.threshold:.2f} ({DEVIATIONS} median absolute deviations):"
    deviation = found.threshold / DEVIATIONS
    for time, coefficient in zip(found.times, found.coefficients, strict=True):
        yield f"  {str(found.start + time)[11:23]}  {coefficient:.3f}  {coefficient / deviation:5.1f} deviations"
    yield f"found of the {len(found.known)} known events, with noise added (of the template's peak):"
    yield f"{'':15}" + "".join(f"{level:>7.1%}" for level in LEVELS)
    for name, counts in found.rates.items():
        yield f"{name:15}" + "".join(f"{count:7.2f}" for count in counts)
    yield "largest difference of coefficients:"
    for what, difference in found.differences.items():
        yield f"  {what}: {difference:.1e}"


def draw(found, path):
    from matplotlib.figure import Figure

    figure = Figure(figsize=(12, 9), layout="constrained")
    left, right = figure.subfigures(1, 2, width_ratios=[2, 1])
    traces, stack = left.subplots(2, sharex=True, height_ratios=[2, 1])
    seconds = np.arange(found.data.shape[1]) / FS
    for row, (name, line) in enumerate(zip(CHANNELS, found.data, strict=True)):
        traces.plot(seconds, 0.45 * line / abs(line).max() - row, color="#22313f", linewidth=0.5)
        traces.text(1, 0.25 - row, name.replace("._", ""), fontsize="small")
    traces.set(yticks=[], xlim=(0, seconds[-1]), title=f"{BAND[0]} to {BAND[1]} Hz; dashed: the known events")
    stack.plot(seconds[: found.stack.size], found.stack, color="#3b82c4", linewidth=0.7)
    stack.plot(found.times, found.coefficients, "v", color="#b91c1c", markersize=8)
    stack.axhline(found.threshold, color="#b91c1c", linewidth=0.8)
    stack.set(xlabel=f"seconds from {str(found.start)[:19]} on", ylabel="mean coefficient", ylim=(-0.4, 1.1))
    for axes in (traces, stack):
        for event in found.known:
            axes.axvline(event, color="#d97706", linewidth=0.8, linestyle="--")
    repeats, noise = right.subplots(2)
    length = round(SECONDS * FS)
    for time, coefficient in zip(found.times, found.coefficients, strict=True):
        place = round(time * FS) + found.moveouts[4]
        part = found.data[4, place : place + length]
        repeats.plot(np.arange(part.size) / FS, part / abs(part).max(), linewidth=0.9,
                     label=f"{str(found.start + time)[11:19]}: {coefficient:.2f}")  # fmt: skip
    repeats.set(title=f"the detections at {CHANNELS[4].replace('._', '')}, scaled", xlabel="seconds", yticks=[])
    repeats.legend(fontsize="small")
    for (name, counts), colour in zip(found.rates.items(), ("#b91c1c", "#3b82c4", "#d97706"), strict=True):
        noise.plot(100 * np.array(LEVELS), counts, "o-", color=colour, label=name)
    noise.set_xscale("symlog", linthresh=100 * LEVELS[1], linscale=0.5)  # logarithmic, but for the 0
    noise.set_xticks([100 * level for level in LEVELS], [f"{100 * level:g}" for level in LEVELS])
    noise.set(xlabel="noise (standard deviation, % of the peak)", ylabel="events found", ylim=(0, 4.2),
              title=f"of the {len(found.known)} known events")  # fmt: skip
    noise.legend(fontsize="small")
    figure.savefig(path, dpi=130)


def main(arguments=None):
    parser = argparse.ArgumentParser(description="template matching over the channels of a seismic network")
    parser.add_argument("--output", type=Path, default=Path("earthquakes.png"), help="the figure (%(default)s)")
    parser.add_argument("--draws", type=int, default=20, help="of the noise, at each level (%(default)s)")
    parser.add_argument("--seed", type=int, default=2010, help="of the noise (%(default)s)")
    options = parser.parse_args(arguments)
    if options.draws < 1:
        parser.error(f"--draws must be at least 1, got {options.draws}")
    if options.seed < 0:
        parser.error(f"--seed must be at least 0, got {options.seed}")
    found = measure(options.seed, options.draws)
    print("\n".join(table(found)))
    draw(found, options.output)
    print(f"figure: {options.output}")
    return found


if __name__ == "__main__":
    main()
