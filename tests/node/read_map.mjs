// Reads an .osu file with osu-parsers and prints what it found as one line of JSON.
import { readFileSync } from "node:fs";
import { BeatmapDecoder } from "osu-parsers";

const beatmap = new BeatmapDecoder().decodeFromString(readFileSync(process.argv[2], "utf8"));
const points = beatmap.controlPoints;
console.log(
  JSON.stringify({
    mode: beatmap.originalMode,
    title: beatmap.metadata.title,
    version: beatmap.metadata.version,
    times: beatmap.hitObjects.map((object) => object.startTime),
    redLines: points.timingPoints.map((point) => [point.startTime, point.beatLength]),
  }),
);
