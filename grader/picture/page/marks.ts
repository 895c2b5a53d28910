import { svg } from "./dom.ts";
import type { Band } from "./faults.ts";
import type { Arrow, Happening } from "./model.ts";

/** How a mark stands to what is chosen. */
export interface Look {
  /** It has nothing to do with it. */
  readonly isDim: boolean;
  /** It begins or ends in it, or is it. */
  readonly isNear: boolean;
}

export interface Ends {
  readonly x1: number;
  readonly y1: number;
  readonly x2: number;
  readonly y2: number;
}

/** How much of its way a lost message is drawn. */
export const lostAt = 0.62;

/** An arrow from a sending to an arrival: broken with a cross where it is lost, dashed if it is a copy, with a box if it is late. */
export function arrowMark(arrow: Arrow, ends: Ends, { isDim, isNear }: Look, laneWidth: number): SVGGElement {
  const { how, isCopy, lateMs } = arrow;
  const classes = ["arrow", how, isCopy && "copy", isDim && "dim", isNear && "near"]
    .filter(Boolean)
    .join(" ");
  if (ends.x1 === ends.x2) return selfMark(ends, classes, how === "arrived", laneWidth);
  const part = how === "arrived" ? 1 : lostAt;
  const x2 = ends.x1 + (ends.x2 - ends.x1) * part;
  // A loss has a row of its own: there it ends.
  const y2 = ends.y2;
  const length = Math.hypot(x2 - ends.x1, y2 - ends.y1) || 1;
  const [dx, dy] = [(x2 - ends.x1) / length, (y2 - ends.y1) / length];
  const gap = how === "arrived" ? 5.5 : 0;
  const tip = { x: x2 - dx * gap, y: y2 - dy * gap };
  const group = svg("g", { class: classes });
  group.append(svg("line", { x1: ends.x1 + dx * 4, y1: ends.y1 + dy * 4, x2: tip.x, y2: tip.y }));
  if (how === "arrived") group.append(head(tip.x, tip.y, dx, dy));
  if (how === "lost") group.append(cross(x2, y2, 4.5));
  if (how === "open") group.append(svg("circle", { cx: x2, cy: y2, r: 2.5 }));
  if (lateMs > 0) {
    const [x, y] = [(ends.x1 + tip.x) / 2, (ends.y1 + tip.y) / 2];
    group.append(svg("rect", { class: "late", x: x - 3, y: y - 3, width: 6, height: 6 }));
  }
  return group;
}

/** From a lane to itself. */
function selfMark(
  { x1, y1, y2 }: Ends,
  classes: string,
  hasArrived: boolean,
  laneWidth: number,
): SVGGElement {
  const bow = x1 + Math.min(0.4 * laneWidth, 22);
  const group = svg("g", { class: classes });
  group.append(svg("path", { d: `M${x1} ${y1} C${bow} ${y1} ${bow} ${y2} ${x1 + 5} ${y2}`, fill: "none" }));
  group.append(hasArrived ? head(x1 + 5, y2, -1, 0) : cross(x1 + 5, y2, 4.5));
  return group;
}

function head(x: number, y: number, dx: number, dy: number): SVGElement {
  const [back, side] = [7, 3];
  const point = (sign: number) => `${x - dx * back - dy * side * sign} ${y - dy * back + dx * side * sign}`;
  return svg("path", { class: "tip", d: `M${x} ${y} L${point(1)} L${point(-1)} Z` });
}

function cross(x: number, y: number, r: number): SVGElement {
  return svg("path", {
    class: "cross",
    d: `M${x - r} ${y - r} L${x + r} ${y + r} M${x + r} ${y - r} L${x - r} ${y + r}`,
  });
}

/** The sign of an event: its shape says what kind it is. */
export function dotMark(
  { row, effects }: Happening,
  x: number,
  y: number,
  { isDim, isNear }: Look,
): SVGGElement {
  const group = svg("g", {
    class: ["dot", row.kind, isDim && "dim", isNear && "near"].filter(Boolean).join(" "),
  });
  if (isNear) group.append(svg("circle", { class: "ring", cx: x, cy: y, r: 9 }));
  switch (row.kind) {
    case "timer":
      group.append(svg("path", { class: "body", d: `M${x} ${y - 5} l5 5 -5 5 -5 -5 Z` }));
      break;
    case "start":
    case "restart":
      group.append(svg("path", { class: "body", d: `M${x - 5} ${y - 4} h10 l-5 9 Z` }));
      break;
    case "crash":
    case "violation":
      group.append(cross(x, y, 5.5));
      break;
    case "fault":
      group.append(svg("rect", { class: "body", x: x - 4, y: y - 4, width: 8, height: 8 }));
      break;
    case "lost":
      // Its arrow ends with the cross.
      break;
    default:
      group.append(svg("circle", { class: "body", cx: x, cy: y, r: 4 }));
  }
  const written = effects.some(({ kind }) => kind === "write");
  const synced = effects.some(({ kind }) => kind === "sync");
  // A write is an open box beside the dot; once it is safe, the box is full.
  if (written || synced) {
    group.append(
      svg("rect", { class: synced ? "disk safe" : "disk", x: x + 7, y: y - 3, width: 6, height: 6, rx: 1 }),
    );
  }
  return group;
}

/** A time in which something is wrong with a lane. Its kind shows in its edges, and is said in the row where it begins. */
export function bandMark(
  { kind, text }: Band,
  x: number,
  start: number,
  end: number,
  laneWidth: number,
): SVGGElement {
  const width = kind === "down" ? Math.min(12, laneWidth * 0.5) : Math.min(34, laneWidth * 0.72);
  const box = { x: x - width / 2, y: start, width, height: Math.max(2, end - start) };
  return svg("g", { class: `band ${kind}` }, svg("title", {}, text), svg("rect", { ...box, rx: 2 }));
}
