// SPDX-License-Identifier: MIT

/// The page's script: hover texts, values under the pointer, sorting.
///
/// The page is whole without it.
package let reportScript = #"""
    (() => {
      "use strict";
      const tip = document.getElementById("tip");
      const show = (text, x, y) => {
        tip.textContent = text;
        tip.hidden = false;
        const box = tip.getBoundingClientRect();
        const left = Math.min(Math.max(8, x + 14), innerWidth - box.width - 8);
        const top = y + 18 + box.height > innerHeight ? y - box.height - 12 : y + 18;
        tip.style.left = Math.max(8, left) + "px";
        tip.style.top = Math.max(8, top) + "px";
      };
      const hide = () => { tip.hidden = true; };
      document.addEventListener("pointermove", event => {
        const owner = event.target.closest && event.target.closest("[data-tip]");
        if (owner) show(owner.dataset.tip, event.clientX, event.clientY);
        else if (!event.target.closest || !event.target.closest(".live")) hide();
      });
      document.addEventListener("focusin", event => {
        const owner = event.target.closest("[data-tip]");
        if (!owner) return;
        const box = owner.getBoundingClientRect();
        show(owner.dataset.tip, box.left, box.bottom - 10);
      });
      document.addEventListener("focusout", hide);
      document.addEventListener("scroll", hide, { passive: true });
      document.addEventListener("keydown", event => { if (event.key === "Escape") hide(); });

      const clock = seconds => {
        const whole = Math.floor(seconds);
        const ofDay = ((whole % 86400) + 86400) % 86400;
        const two = value => String(value).padStart(2, "0");
        const time = [Math.floor(ofDay / 3600), Math.floor(ofDay / 60) % 60, ofDay % 60].map(two).join(":");
        return whole >= 86400 ? "day " + (Math.floor(whole / 86400) + 1) + " " + time : time;
      };
      for (const plot of document.querySelectorAll(".live")) {
        const data = JSON.parse(plot.querySelector("script").textContent);
        const first = data.x[0], span = data.x[data.x.length - 1] - first;
        const cross = document.createElement("div");
        cross.className = "cross";
        cross.hidden = true;
        plot.append(cross);
        plot.addEventListener("pointermove", event => {
          const box = plot.getBoundingClientRect();
          const at = first + span * Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
          let low = 0, high = data.x.length - 1;
          while (high - low > 1) {
            const middle = (low + high) >> 1;
            if (data.x[middle] > at) high = middle; else low = middle;
          }
          const index = at - data.x[low] < data.x[high] - at ? low : high;
          cross.hidden = false;
          cross.style.left = 100 * (data.x[index] - first) / span + "%";
          const lines = data.s.map(line => line.n + "  " + line.y[index]);
          show([clock(data.x[index]), ...lines].join("\n"), event.clientX, event.clientY);
        });
        plot.addEventListener("pointerleave", () => { cross.hidden = true; hide(); });
      }

      for (const table of document.querySelectorAll(".sortable")) {
        const heads = [...table.tHead.rows[0].cells];
        heads.forEach((head, column) => head.addEventListener("click", () => {
          const rows = [...table.tBodies[0].rows];
          const key = row => row.cells[column].dataset.v === undefined ? null : Number(row.cells[column].dataset.v);
          const isNumeric = rows.some(row => key(row) !== null);
          // Numbers begin with the greatest, names with A.
          const before = head.getAttribute("aria-sort");
          const down = isNumeric ? before !== "descending" : before === "ascending";
          heads.forEach(other => other.removeAttribute("aria-sort"));
          head.setAttribute("aria-sort", down ? "descending" : "ascending");
          const sign = down ? -1 : 1;
          rows.sort((a, b) => {
            if (!isNumeric) return sign * a.cells[column].textContent.localeCompare(b.cells[column].textContent);
            const x = key(a), y = key(b);
            // What is not defined stands last in both orders.
            if (x === null || y === null) return (x === null) - (y === null);
            return sign * (x - y);
          });
          table.tBodies[0].append(...rows);
        }));
      }
    })();
    """#
