/** Version of the sensor's program, as in its package.json. */
export const softwareVersion = "0.1.0";
