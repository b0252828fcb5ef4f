"use strict";
(() => {
  const EVERY = 2000;
  let last = "";

  // What somebody reads with the keyboard, or does not see, is not changed under them.
  const isInUse = (live) => document.hidden || (live.contains(document.activeElement) && document.activeElement !== live);

  setInterval(() => {
    const live = document.getElementById("live");
    if (live && !isInUse(live)) htmx.trigger(live, "tick");
  }, EVERY);

  document.addEventListener("htmx:beforeSwap", (swap) => {
    swap.detail.shouldSwap = swap.detail.shouldSwap && swap.detail.serverResponse !== last;
    last = swap.detail.serverResponse;
  });
})();
