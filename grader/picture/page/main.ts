import type { Packed } from "../pack.ts";
import { clientsView } from "./clients.ts";
import { Diagram } from "./diagram.ts";
import { el } from "./dom.ts";
import { headView, storyView } from "./explanation.ts";
import { helpView, keysOf, listen } from "./keys.ts";
import { Model } from "./model.ts";
import { Panel } from "./panel.ts";
import { toolbar } from "./toolbar.ts";
import { View } from "./view.ts";

const model = new Model(JSON.parse(document.getElementById("data")?.textContent ?? "") as Packed);
const view = new View(model);
const diagram = new Diagram(view);
const panel = new Panel(view);
const showHelp = () => help.showModal();
const tools = toolbar(view, showHelp);
const keys = keysOf(view, tools, showHelp);
const help = helpView(keys);

document.body.append(
  themeButton(),
  el(
    "main",
    {},
    el(
      "div",
      { class: "first" },
      headView(model),
      el("div", { class: "work" }, tools.element, diagram.element, panel.element),
    ),
    panel.voice,
    ...[clientsView(view), storyView(view)].filter((part) => part !== undefined),
  ),
  help,
);
listen(keys, tools.search);
view.select(model.violation);
document.querySelector(".bar.witness")?.scrollIntoView({ inline: "center", block: "nearest" });
scrollTo(0, 0);

/** Dark or light, as the system says until the reader says something else. */
function themeButton(): HTMLButtonElement {
  const isDark = () => {
    const chosen = document.documentElement.dataset.theme;
    return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  };
  const name = () => (isDark() ? "light" : "dark");
  const button = el(
    "button",
    {
      type: "button",
      class: "theme",
      click: () => {
        document.documentElement.dataset.theme = name();
        button.textContent = name();
      },
    },
    name(),
  );
  return button;
}
