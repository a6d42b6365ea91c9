import type { SiteProfile } from "@cordon/contract";
import { isLinePlacement, PlacementChoice } from "../placement/placement-choice.ts";
import { loadStanding } from "../placement/standing-file.ts";
import { standingPath, type SensorFolders } from "./state-folder.ts";

/** Where the box works from, and whether that is for it to find. */
export interface Standing {
  /** With the placement that it works from. */
  readonly profile: SiteProfile;
  /** Null where a person has said it. */
  readonly choice: PlacementChoice | null;
  /** Whether it has gone over from the placement of its profile. */
  readonly hasMoved: boolean;
}

/** The profile with the placement that the box has found, where that was left to it. */
export async function standingOf(
  profile: SiteProfile,
  { folders, isWire }: { readonly folders: SensorFolders; readonly isWire: boolean },
): Promise<Standing> {
  const isLeft = profile.isPlacementFound === true && isWire;
  if (!isLeft || !isLinePlacement(profile.placement)) return { profile, choice: null, hasMoved: false };
  const found = await loadStanding(standingPath(folders));
  const placement = found ?? profile.placement;
  return {
    profile: { ...profile, placement },
    choice: new PlacementChoice({ placement, isFound: found !== null }),
    hasMoved: placement !== profile.placement,
  };
}
