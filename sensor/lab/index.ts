export * from "./lab.ts";
export * from "./scenario.ts";
export { namespacesAllowed } from "./namespaces.ts";
export { startLab } from "./start-lab.ts";
export { lineCut } from "./scenarios/line-cut.ts";
export { officeOutbreak } from "./scenarios/office-outbreak.ts";
export { officeQuiet } from "./scenarios/office-quiet.ts";
export type { LineForm } from "./line-forms.ts";
