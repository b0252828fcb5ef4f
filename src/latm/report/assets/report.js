"use strict";
(() => {
  const COLOURS = ["#0b6e99", "#d1495b", "#c98a00", "#4b7f1f", "#7b5ea7", "#8d6b48", "#3d4852"];
  const HEIGHT = 320;
  const plain = new Intl.NumberFormat("en", { maximumFractionDigits: 2 });
  const compact = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });
  const percent = new Intl.NumberFormat("en", { style: "percent", maximumFractionDigits: 1 });

  const style = getComputedStyle(document.documentElement);
  const quiet = () => style.getPropertyValue("--quiet").trim() || "#57606a";
  const rule = () => style.getPropertyValue("--rule").trim() || "#d8dee4";
  const colour = (index) => COLOURS[index % COLOURS.length];
  const pale = (index) => colour(index) + "33";
  const written = (plot, value) =>
    value == null ? "–" : (plot.yForm === "percent" ? percent : plain).format(value);
  const onAxis = (plot, value) => (plot.yForm === "percent" ? percent : compact).format(value);

  // Bars of several series stand side by side: each series gets places of its own around the name's.
  function beside(plot) {
    const count = plot.series.length;
    const places = [];
    plot.x.forEach((at, name) => {
      for (let one = 0; one < count; one++) places.push({ at: at + ((one - (count - 1) / 2) * 0.8) / count, name, one });
    });
    const spread = (one, values) => places.map((place) => (place.one === one && values.length ? values[place.name] : null));
    return {
      ...plot,
      x: places.map((place) => place.at),
      nameAt: places.map((place) => place.name),
      series: plot.series.map((series, one) => ({
        ...series,
        values: spread(one, series.values),
        drawn: spread(one, series.drawn),
        low: series.low.length ? spread(one, series.low) : [],
        high: series.high.length ? spread(one, series.high) : [],
      })),
    };
  }

  function seriesOptions(plot, series, index) {
    const options = {
      label: series.label,
      stroke: colour(index),
      width: 2,
      points: { show: false },
      value: (u, drawn, place, at) => written(plot, at == null ? null : series.values[at]),
    };
    if (plot.style === "areas") options.fill = colour(index) + (index ? "00" : "cc");
    if (plot.style === "points") Object.assign(options, { paths: () => null, points: { show: true, size: 8, fill: colour(index) } });
    if (plot.style === "bars") Object.assign(options, { width: 0, fill: colour(index), paths: uPlot.paths.bars({ size: [0.8 / plot.series.length, 64] }) });
    return options;
  }

  function bands(plot) {
    if (plot.style !== "areas") return [];
    return plot.series.slice(1).map((_, below) => ({ series: [below + 2, below + 1], fill: colour(below + 1) + "cc" }));
  }

  function drawIntervals(plot, u) {
    const context = u.ctx;
    const place = (at, value) => [u.valToPos(plot.x[at], "x", true), u.valToPos(value, "y", true)];
    plot.series.forEach((series, index) => {
      if (!series.low.length || !u.series[index + 1].show) return;
      const known = plot.x.map((_, at) => at).filter((at) => series.low[at] != null && series.high[at] != null);
      context.save();
      context.beginPath();
      if (plot.style === "lines") {
        const edge = known.map((at) => place(at, series.high[at])).concat(known.map((at) => place(at, series.low[at])).reverse());
        edge.forEach(([x, y], corner) => (corner ? context.lineTo(x, y) : context.moveTo(x, y)));
        context.fillStyle = pale(index);
        context.fill();
      } else {
        const half = 4 * devicePixelRatio;
        for (const at of known) {
          const [x, top] = place(at, series.high[at]);
          const [, bottom] = place(at, series.low[at]);
          context.moveTo(x, top); context.lineTo(x, bottom);
          context.moveTo(x - half, top); context.lineTo(x + half, top);
          context.moveTo(x - half, bottom); context.lineTo(x + half, bottom);
        }
        context.strokeStyle = plot.style === "bars" ? "#1b1f24" : colour(index);
        context.lineWidth = 1.5 * devicePixelRatio;
        context.stroke();
      }
      context.restore();
    });
  }

  function xAxis(plot) {
    const axis = { label: plot.xLabel || undefined, labelSize: 22, stroke: quiet, grid: { show: false }, ticks: { stroke: rule } };
    if (!plot.names.length) return { ...axis, values: (u, places) => places.map((place) => plain.format(place)) };
    const longest = Math.max(...plot.names.map((name) => name.length));
    const long = longest * plot.names.length > 90;
    return {
      ...axis,
      splits: () => plot.names.map((_, index) => index),
      values: () => plot.names,
      rotate: long ? 35 : 0,
      size: long ? 28 + 4.4 * longest : 40,
    };
  }

  function options(plot, width) {
    const edge = plot.names.length ? 0.6 : 0;
    const x = plot.names.length
      ? { time: false, range: [-edge, plot.names.length - 1 + edge] }
      : { time: false };
    const named = (u, value, series, at) => (at == null ? "–" : plot.names[plot.nameAt ? plot.nameAt[at] : at]);
    const numbered = (u, value) => (value == null ? "–" : plain.format(value));
    return {
      width,
      height: HEIGHT,
      scales: { x, y: { range: plot.yLimits } },
      axes: [
        xAxis(plot),
        { label: plot.yLabel || undefined, labelSize: 22, size: 64, stroke: quiet, grid: { stroke: rule }, ticks: { show: false }, values: (u, places) => places.map((place) => onAxis(plot, place)) },
      ],
      series: [{ label: plot.xLabel || "at", value: plot.names.length ? named : numbered }].concat(plot.series.map((series, index) => seriesOptions(plot, series, index))),
      bands: bands(plot),
      legend: { markers: { fill: (u, one) => (plot.style === "lines" ? "#fff" : colour(one - 1)) } },
      cursor: { points: { size: 6 }, drag: { x: plot.names.length === 0, y: false } },
      hooks: { draw: [(u) => drawIntervals(plot, u)] },
    };
  }

  const undrawn = (part) => [...part.querySelectorAll("figure.plot")].filter((figure) => !figure.querySelector(".uplot"));
  const draw = (part) => undrawn(part).forEach((figure) => {
    const read = JSON.parse(figure.querySelector("script").textContent);
    const plot = read.style === "bars" ? beside(read) : read;
    const canvas = figure.querySelector(".canvas");
    const drawn = new uPlot(options(plot, canvas.clientWidth), [plot.x, ...plot.series.map((series) => series.drawn)], canvas);
    new ResizeObserver(() => drawn.setSize({ width: canvas.clientWidth, height: HEIGHT })).observe(canvas);
  });
  draw(document);
  // On a page that htmx keeps up to date, figures come anew.
  document.addEventListener("htmx:load", (loaded) => draw(loaded.target));
})();
