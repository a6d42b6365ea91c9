import { html, type TemplateResult } from "lit";
import { bannerBar, bannerOf } from "../components/banner.ts";
import { topBar } from "../components/top-bar.ts";
import type { App } from "../context/app-context.ts";
import { msg } from "../language/message.ts";

/** What stands above a page that is of no site: the way there, and at the box where one is. */
export function topOf(app: App, name: string): TemplateResult {
  const crumbs = [
    { text: msg`Fleet`, path: "/" },
    { text: name, path: "" },
  ];
  return html`${topBar(app, crumbs, null)} ${bannerBar(bannerOf(app.state, null))}`;
}
