/// The release of this build.
public enum ElvesVersion {
    public static let current = "0.1.0"
}
