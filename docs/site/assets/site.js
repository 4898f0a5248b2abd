// What the pages do beyond links: light or dark, the menu on phones, copying, tabs. Without it everything is still there
// to read. Runs before the page is drawn, so that the chosen colours are there from the start.
"use strict";

const root = document.documentElement;
root.classList.add("js");

function kept(name) {
  try {
    return localStorage.getItem(name);
  } catch {
    return null; // Storage may be switched off.
  }
}

function keep(name, value) {
  try {
    localStorage.setItem(name, value);
  } catch {
    // It is forgotten with the page.
  }
}

const isDark = () =>
  root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;

if (["light", "dark"].includes(kept("theme"))) root.dataset.theme = kept("theme");

function themeButton() {
  const button = document.querySelector("header .theme");
  if (!button) return;
  button.hidden = false;
  button.addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    keep("theme", root.dataset.theme);
    document.dispatchEvent(new Event("theme"));
  });
}

function menuButton() {
  const button = document.querySelector("header .menu");
  if (!button) return;
  const show = (open) => {
    button.setAttribute("aria-expanded", String(open));
    document.body.classList.toggle("menu-open", open);
  };
  button.hidden = false;
  button.addEventListener("click", () => show(button.getAttribute("aria-expanded") !== "true"));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && document.body.classList.contains("menu-open")) {
      show(false);
      button.focus();
    }
  });
}

function copyButtons() {
  if (!navigator.clipboard) return; // Only over https and on this machine.
  for (const code of document.querySelectorAll(".code")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copy";
    button.textContent = "Copy";
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(code.querySelector("code").textContent + "\n");
      button.textContent = "Copied";
      setTimeout(() => (button.textContent = "Copy"), 2000);
    });
    code.append(button);
  }
}

// Blocks with data-tab that follow each other become one block with tabs; the choice holds for the whole site.
function tabs() {
  const isTab = (element) => element?.matches?.(".code[data-tab]");
  for (const first of document.querySelectorAll(".code[data-tab]")) {
    if (isTab(first.previousElementSibling) || first.closest(".tabs")) continue;
    const blocks = [first];
    while (isTab(blocks.at(-1).nextElementSibling)) blocks.push(blocks.at(-1).nextElementSibling);
    if (blocks.length > 1) group(blocks);
  }
}

function group(blocks) {
  const box = document.createElement("div");
  box.className = "tabs";
  const list = document.createElement("div");
  list.setAttribute("role", "tablist");
  list.setAttribute("aria-label", "Language");
  blocks[0].before(box);
  box.append(list, ...blocks);
  const buttons = blocks.map((block, index) => {
    const button = document.createElement("button");
    block.id = `code-${block.dataset.tab.toLowerCase().replace(/\W/g, "")}-${document.querySelectorAll(".tabs").length}`;
    button.type = "button";
    button.id = `${block.id}-tab`;
    button.textContent = block.dataset.tab;
    button.setAttribute("role", "tab");
    button.setAttribute("aria-controls", block.id);
    block.setAttribute("role", "tabpanel");
    block.setAttribute("aria-labelledby", button.id);
    button.addEventListener("click", () => choose(index));
    list.append(button);
    return button;
  });
  list.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const now = buttons.findIndex((button) => button.getAttribute("aria-selected") === "true");
    const next = (now + step + buttons.length) % buttons.length;
    choose(next);
    buttons[next].focus();
  });
  function choose(chosen) {
    buttons.forEach((button, index) => {
      button.setAttribute("aria-selected", String(index === chosen));
      button.tabIndex = index === chosen ? 0 : -1;
      blocks[index].hidden = index !== chosen;
    });
    keep("language", blocks[chosen].dataset.tab);
  }
  choose(Math.max(0, blocks.findIndex((block) => block.dataset.tab === kept("language"))));
}

// Marks the section that is being read.
function sections() {
  const links = new Map([...document.querySelectorAll(".sections a")].map((link) => [link.hash.slice(1), link]));
  if (!links.size || !("IntersectionObserver" in window)) return;
  const mark = (id) => links.forEach((link, key) => link.toggleAttribute("aria-current", key === id));
  const observer = new IntersectionObserver(
    (entries) => entries.filter((entry) => entry.isIntersecting).forEach((entry) => mark(entry.target.id)),
    { rootMargin: "0px 0px -75% 0px" },
  );
  for (const id of links.keys()) observer.observe(document.getElementById(id));
}

document.addEventListener("DOMContentLoaded", () => {
  themeButton();
  menuButton();
  tabs();
  copyButtons();
  sections();
});
