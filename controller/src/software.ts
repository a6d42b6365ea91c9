/** Version of the controller's program. */
export const software = "0.1.0";
